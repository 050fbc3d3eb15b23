// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what a person writes
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseAgentConfig } from '../../agent/config.ts';
import { TinyError } from '../../protocols/errors.ts';
import { fromOutside } from '../../protocols/substitution.ts';
import { yamlFile } from '../../protocols/yaml.ts';
import { nearlyValid } from './nearly-valid.ts';

/** Words that configurations are made of, so that the fuzzer gets past the first key. */
const KEYS = [
  ...[
    'site',
    'agent',
    'bundle',
    'variant',
    'threads',
    'source',
    'kind',
    'recordings',
    'speed',
    'loop',
    'broker',
  ],
  ...[
    'embedded',
    'url',
    'username',
    'password',
    'passwordFile',
    'host',
    'port',
    'websocketPort',
    'websocketUrl',
  ],
  ...[
    'dashboard',
    'load',
    'availability',
    'offlineAfterS',
    'health',
    'everyS',
    'admission',
    'schedules',
    'guards',
  ],
  ...['__proto__', 'constructor', 'toString', '', '<<', '$schema'],
];
const SCALARS = fc.oneof(
  fc.constantFrom(
    'lab',
    'mqtt',
    'replay',
    'max',
    'mqtt://x',
    '${HOME}',
    '${',
    '${A:-',
    '$$',
    '!secret x',
    '*a',
    '&a',
  ),
  fc.string(),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);

/** Values in the shape of a configuration, more or less. */
const VALUES = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    SCALARS,
    fc.dictionary(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...KEYS) }, fc.string()), tie('value'), {
      maxKeys: 8,
    }),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
})).value;

const GOOD = 'site: lab\nagent: hub\nbundle: x\nbroker:\n  embedded: { port: 0 }\nhealth: { everyS: 10 }\n';

/** A good file with pieces cut out, doubled and put in. */
const DAMAGED = fc
  .array(
    fc.tuple(
      fc.nat(GOOD.length),
      fc.nat(12),
      fc.oneof(
        fc.string({ maxLength: 6 }),
        fc.constantFrom(
          '\t',
          ': ',
          '- ',
          '{',
          '[',
          '"',
          '\n  ',
          '&a ',
          '*a',
          '!secret a',
          '${A}',
          '|',
          '#',
          '---\n',
          '\u0000',
          '\ud800',
        ),
      ),
    ),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((cuts) =>
    cuts.reduce((text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length), GOOD),
  );

export interface ConfigFuzzFigures {
  readonly inputs: number;
  readonly accepted: number;
  /** Refused with a message, a place and exit status 78. */
  readonly refused: number;
}

/** Read as an agent reads it: `${HOME}` and one secret are known. Throws `TinyError`. */
function read(text: string): void {
  const file = yamlFile('fuzz.yaml', text, fromOutside({ HOME: '/var/me' }, { a: 'b' }));
  parseAgentConfig(file.value, file, '/etc');
}

/** Why a file is refused; undefined when it is not. Throws what is no refusal with a place and exit status 78. */
function refusalOf(text: string): string | undefined {
  try {
    read(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof TinyError)) throw error;
    if (error.exitCode !== 78 || !error.message.startsWith('fuzz.yaml')) throw error;
    return error.message;
  }
}

/**
 * Feed files to the reader of agent configurations: damaged ones, random ones, random values in their shape; and, the other
 * half, good ones in which one thing was changed, whose refusal must name a line that has to do with it.
 *
 * @throws with the shrunk input when one ends in anything else
 */
export function configFuzz({ seed, runs }: { seed: number; runs: number }): ConfigFuzzFigures {
  const figures = { inputs: 0, accepted: 0, refused: 0 };
  const take = (text: string): string | undefined => {
    figures.inputs++;
    const refusal = refusalOf(text);
    figures[refusal === undefined ? 'accepted' : 'refused']++;
    return refusal;
  };
  const texts = fc.oneof(
    DAMAGED,
    VALUES.map((value) => stringify(value)),
    VALUES.map((value) => JSON.stringify(value) ?? ''),
    fc.string(),
  );
  const numRuns = Math.ceil(runs / 2);
  fc.assert(
    fc.property(texts, (text) => void take(text)),
    { seed, numRuns },
  );
  fc.assert(
    fc.property(nearlyValid, ({ text, change, blamed }) => {
      const refusal = take(text);
      if (refusal === undefined) return;
      if (blamed === 'none') throw new Error(`${change}: refused\n${refusal}\n${text}`);
      const named = [...refusal.matchAll(/^fuzz\.yaml:(\d+):\d+: /gm)].map(([, line]) => Number(line));
      if (!named.some((line) => blamed.has(line))) {
        throw new Error(`${change}: blamed elsewhere\n${refusal}\n${text}`);
      }
    }),
    { seed, numRuns },
  );
  return figures;
}
