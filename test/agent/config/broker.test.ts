import { describe, expect, it } from 'vitest';
import { parseAgentConfig } from '../../../agent/config.ts';

const parse = (broker: object) =>
  parseAgentConfig({ site: 'lab', agent: 'hub', bundle: 'x', broker }, 'hub.yaml', '/etc/tinyllm').broker;

describe('the broker of a configuration', () => {
  it('finds certificates beside the configuration, and keeps to this machine', () => {
    expect(parse({ embedded: { tls: { cert: 'hub.crt', key: '/keys/hub.key' } } })).toMatchObject({
      embedded: {
        host: '127.0.0.1',
        tls: { cert: '/etc/tinyllm/hub.crt', key: '/keys/hub.key', host: '127.0.0.1', port: 8883 },
      },
    });
    const tls = { ca: 'ca.crt', cert: 'a.crt', key: 'a.key' };
    expect(parse({ url: 'mqtts://hub.local', tls })).toEqual({
      url: 'mqtts://hub.local',
      tls: { ca: '/etc/tinyllm/ca.crt', cert: '/etc/tinyllm/a.crt', key: '/etc/tinyllm/a.key' },
    });
  });

  it('has users of its own', () => {
    const users = { 'wrist-01': { board: 'wrist-01' }, grafana: { subscribe: ['tinyllm/lab/+/prediction'] } };
    expect(parse({ embedded: { users } })).toMatchObject({ embedded: { users } });
  });

  it.each([
    ['a user that may do nothing', { embedded: { users: { x: {} } } }, /say what it may do/],
    ['a user that is there already', { embedded: { users: { viewer: { board: 'x' } } } }, /viewer/],
    ['a user with spaces', { embedded: { users: { 'a b': { board: 'x' } } } }, /lower-case letters/],
    [
      'a board that is none',
      { embedded: { users: { x: { board: 'bridge' } } } },
      /no board is called "bridge"/,
    ],
    ['a filter that is none', { embedded: { users: { x: { subscribe: ['a/#/b'] } } } }, /a topic filter/],
    ['a short password', { embedded: { users: { x: { board: 'x', password: '1234' } } } }, /at least 8/],
    ['a certificate without a key', { embedded: { tls: { cert: 'x' } } }, /embedded\.tls\.key/],
    ['half a certificate of ours', { url: 'mqtts://x', tls: { cert: 'x' } }, /both `cert` and `key`/],
    [
      'certificates without TLS',
      { url: 'mqtt://x', tls: { ca: 'x' } },
      /needs an mqtts:\/\/ or wss:\/\/ url/,
    ],
    ['certificates in the wrong place', { embedded: {}, tls: { ca: 'x' } }, /`embedded\.tls`/],
    ['an unknown version', { url: 'mqtt://x', protocol: '4' }, /broker\.protocol/],
    [
      'a key that would trust anybody',
      { url: 'mqtts://x', tls: { rejectUnauthorized: false } },
      /unknown key/,
    ],
  ])('is refused with %s', (_, broker, message) => {
    expect(() => parse(broker)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message), exitCode: 78 }),
    );
  });
});
