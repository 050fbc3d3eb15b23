import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../agent/log.ts';
import { brokerOf, connectAsBoard } from '../../../agent/mqtt/broker-flags.ts';
import { temporaryFolder } from '../rig.ts';

const broker = 'mqtts://hub.local:8883';

describe('the flags of a broker', () => {
  it('say what a configuration says', async () => {
    const passwordFile = join(await temporaryFolder(), 'password');
    await writeFile(passwordFile, 'correct horse\n');
    const flags = { broker, username: 'desk', protocol: '5', tlsCa: 'ca.crt' } as const;
    expect(await brokerOf({ ...flags, passwordFile, tlsCert: 'a.crt', tlsKey: '/b/a.key' })).toEqual({
      url: broker,
      protocol: '5',
      username: 'desk',
      password: 'correct horse',
      tls: { ca: resolve('ca.crt'), cert: resolve('a.crt'), key: '/b/a.key' },
    });
  });

  it('take the password from the environment where no file has it, and for a user alone', async () => {
    const variables = { TINYLLM_BROKER_PASSWORD: 'battery staple' };
    expect(await brokerOf({ broker, username: 'desk' }, variables)).toMatchObject({
      password: 'battery staple',
    });
    expect(await brokerOf({ broker }, variables)).toEqual({ url: broker });
  });

  it.each([
    ['no address', { broker: 'http://hub' }, /no address of a broker/],
    ['a certificate without its key', { broker, tlsCert: 'a.crt' }, /goes with its key/],
    ['TLS where none is spoken', { broker: 'mqtt://hub', tlsCa: 'ca.crt' }, /no TLS is spoken with mqtt:/],
    ['a password of nobody', { broker, passwordFile: 'pw' }, /needs a user/],
  ])('are refused with %s', async (_, flags, message) => {
    await expect(brokerOf(flags)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });

  it('are named where a file of theirs is not there', async () => {
    const { signal } = new AbortController();
    const connecting = connectAsBoard({ broker, tlsCa: '/nowhere/ca.crt' }, 'x', { log: silentLog, signal });
    await expect(connecting).rejects.toMatchObject({ hint: 'check --tls-ca' });
  });
});
