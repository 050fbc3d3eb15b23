// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what a person writes
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checked } from '../../protocols/schema-error.ts';
import { fromOutside } from '../../protocols/substitution.ts';
import { yamlFile } from '../../protocols/yaml.ts';

const schema = z.strictObject({
  site: z.string().regex(/^[a-z]+$/, 'lower-case letters'),
  broker: z.strictObject({ port: z.int().min(1).max(65_535), password: z.string().optional() }),
  load: z.enum(['newest', 'every']).default('newest'),
  speed: z.union([z.number().positive(), z.literal('max')]).default('max'),
  source: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('mqtt') }),
      z.strictObject({ kind: z.literal('replay'), recordings: z.string().min(1) }),
    ])
    .default({ kind: 'mqtt' }),
  boards: z.array(z.strictObject({ id: z.string() })).default([]),
});

function check(text: string, variables: Record<string, string> = {}, secrets: Record<string, string> = {}) {
  const file = yamlFile('hub.yaml', text, fromOutside(variables, secrets));
  return checked(schema, file.value, file);
}

function mistakes(text: string): string[] {
  try {
    check(text);
  } catch (error) {
    expect(error).toMatchObject({ name: 'TinyError', exitCode: 78 });
    return (error as Error).message.split('\n');
  }
  throw new Error('it was taken for good');
}

const good = 'site: lab\nbroker: { port: 1883 }\n';

describe('what is wrong with a file', () => {
  it('is told all at once, in the order of the file, with line, column and what was meant', () => {
    expect(
      mistakes(`
site: Lab
brokr:
  port: 1883
load: newst
source:
  kind: mqtt
  recordings: x
boards:
  - id: a
  - idd: b
`),
    ).toEqual([
      'hub.yaml:2:7: site: lower-case letters',
      'hub.yaml:3:1: unknown key "brokr"; did you mean "broker"?',
      'hub.yaml:5:7: load: expected one of "newest"|"every"; did you mean "newest"?',
      'hub.yaml:8:3: unknown key "source.recordings": it belongs to another kind',
      'hub.yaml:11:5: unknown key "boards.1.idd"; did you mean "id"?',
    ]);
  });

  it.each([
    ['a number too large', `${good.replace('1883', '70000')}`, 'hub.yaml:2:17: broker.port: at most 65535'],
    ['a number too small', `${good.replace('1883', '0')}`, 'hub.yaml:2:17: broker.port: at least 1'],
    [
      'a text for a number',
      `${good.replace('1883', 'many')}`,
      'hub.yaml:2:17: broker.port: expected number, received string',
    ],
    [
      'an empty text',
      `${good}source: { kind: replay, recordings: "" }`,
      'hub.yaml:3:37: source.recordings: must not be empty',
    ],
    [
      'neither of two',
      `${good}speed: fast`,
      'hub.yaml:3:8: speed: expected number, received string, or expected "max"',
    ],
    [
      'an unknown kind',
      `${good}source: { kind: usb }`,
      'hub.yaml:3:17: source.kind: expected one of "mqtt"|"replay"',
    ],
    [
      'a misspelt kind',
      `${good}source: { kind: reply }`,
      'hub.yaml:3:17: source.kind: expected one of "mqtt"|"replay"; did you mean "replay"?',
    ],
    ['a missing key', 'site: lab', 'hub.yaml:1:1: broker is missing'],
    ['a missing key inside', 'site: lab\nbroker: {}', 'hub.yaml:2:1: broker.port is missing'],
    ['an empty file', '', 'hub.yaml:1:1: expected object, received null'],
    [
      'a key like no other',
      `${good}zzz: 1`,
      'hub.yaml:3:1: unknown key "zzz"; the keys here are site, broker, load, speed, source, boards',
    ],
  ])('%s', (_, text, mistake) => {
    expect(mistakes(text)).toEqual([mistake]);
  });

  it.each([
    ['its name', 'port:\n    first: 1', 'hub.yaml:3:3: broker.port: expected number, received object'],
    ['its brace', 'port: { first: 1 }', 'hub.yaml:3:9: broker.port: expected number, received object'],
  ])('stands where a section has %s', (_, port, mistake) => {
    expect(mistakes(`site: lab\nbroker:\n  ${port}\n`)).toEqual([mistake]);
  });

  it('is never told with the value, which may be a secret', () => {
    const told = mistakes(
      'site: Geheim1\nbroker: { port: Geheim2, password: [Geheim3] }\nload: Geheim4\n',
    ).join();
    expect(told).not.toContain('Geheim');
  });

  it('ends after twenty lines', () => {
    const told = mistakes(Array.from({ length: 30 }, (_, i) => `k${i}: 1`).join('\n'));
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toMatch(/^and \d+ more$/);
  });
});

describe('text from outside', () => {
  it('becomes a number only where one is wanted', () => {
    const text = 'site: ${SITE}\nbroker: { port: "${PORT}", password: !secret mqtt }\nspeed: ${SPEED:-2}\n';
    expect(check(text, { SITE: 'lab', PORT: '1883' }, { mqtt: '0123' })).toMatchObject({
      site: 'lab',
      broker: { port: 1883, password: '0123' },
      speed: 2,
    });
  });

  it('is judged like any other', () => {
    expect(() => check(good.replace('1883', '"${PORT}"'), { PORT: '70000' })).toThrow(
      'hub.yaml:2:17: broker.port: at most 65535',
    );
  });

  it('tells every variable and secret that is not there', () => {
    expect(() =>
      check('site: ${A}\nbroker: { port: "${B:-1}", password: !secret mqt }\nload: ${}\n', {}, { mqtt: 'x' }),
    ).toThrow(
      [
        'hub.yaml:1:7: the variable A is not set',
        'hub.yaml:2:46: there is no secret "mqt"; secrets.yaml has mqtt',
        'hub.yaml:3:7: ${} is no variable: write ${NAME}, or $$ for a dollar sign',
      ].join('\n'),
    );
  });

  it.each([
    ['a default, for an empty variable too', '${EMPTY:-x}${NONE-y}', 'xy'],
    ['an empty variable', 'a${EMPTY-x}b', 'ab'],
    ['a dollar sign', '$$HOME costs 5$', '$HOME costs 5$'],
    ['within text', 'mqtt://${HOST}:1883', 'mqtt://broker:1883'],
  ])('takes %s', (_, written, meant) => {
    const { value } = yamlFile(
      'x',
      JSON.stringify({ a: written }),
      fromOutside({ EMPTY: '', HOST: 'broker' }, {}),
    );
    expect(value).toEqual({ a: meant });
  });

  it('is not for tasks and recipes', () => {
    expect(yamlFile('task.yaml', 'a: ${HOME}').value).toEqual({ a: '${HOME}' });
    expect(() => yamlFile('task.yaml', 'a: !secret x')).toThrow(/task\.yaml:1:4: .*!secret/);
  });
});
