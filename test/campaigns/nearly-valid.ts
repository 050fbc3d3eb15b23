import fc from 'fast-check';

/** A line of a configuration in block style: a key with a value, or one that opens a section. */
interface Line {
  readonly depth: number;
  readonly key: string;
  /** As it is written; absent for a section. */
  readonly value?: string;
}

/** A configuration in which one thing was changed. */
export interface NearlyValid {
  readonly text: string;
  /** What was done, for the report of a failure. */
  readonly change: string;
  /** Where a refusal must point to, from 1; `none`: it means the same as before and is not refused. */
  readonly blamed: ReadonlySet<number> | 'none';
}

const WORD = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const PATH = WORD.map((word) => `../${word}/x`);
const seconds = (min: number) => fc.integer({ min, max: 86_400 });
const optional = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] });

/** Any configuration that is good, the odd sections included; its keys never depend on each other. */
const GOOD = fc.record(
  {
    site: WORD,
    agent: WORD,
    bundle: PATH,
    broker: fc.oneof(
      fc.record({
        embedded: fc.record(
          {
            websocketPort: fc.integer({ min: 0, max: 65_535 }),
            port: fc.integer({ min: 0, max: 65_535 }),
            host: fc.constantFrom('127.0.0.1', '0.0.0.0'),
            maxClients: fc.integer({ min: 1, max: 10_000 }),
            keep: fc.boolean(),
          },
          { requiredKeys: ['websocketPort'] },
        ),
      }),
      fc.record({ url: fc.constant('wss://nas:9001'), username: WORD, password: fc.string() }),
    ),
    variant: WORD,
    threads: fc.integer({ min: 1, max: 64 }),
    share: WORD,
    load: fc.constant('newest'),
    source: fc.oneof(
      fc.constant({ kind: 'mqtt' }),
      fc.record({ kind: fc.constant('replay'), recordings: PATH, speed: fc.constantFrom(1, 2.5, 'max') }),
    ),
    dashboard: optional({ port: fc.integer({ min: 0, max: 65_535 }), host: fc.constant('127.0.0.1') }),
    boards: optional({ max: fc.integer({ min: 1, max: 100_000 }), forgetAfterS: seconds(60) }),
    availability: optional({ offlineAfterS: seconds(2) }),
    health: optional({ everyS: seconds(1) }),
    admission: optional({ pastToleranceMs: fc.nat(), futureToleranceMs: fc.nat() }),
    outbox: optional({
      disk: fc.boolean(),
      maxMb: fc.integer({ min: 1, max: 100_000 }),
      maxAgeH: seconds(1),
    }),
    episodes: optional({ leastS: seconds(0), dwellS: seconds(1) }),
    guards: optional({
      latency: fc.constantFrom('warn', 'refuse'),
      memory: fc.constantFrom('warn', 'refuse'),
    }),
    log: optional({ level: fc.constantFrom('info', 'warn', 'error') }),
    schedules: fc.array(
      fc.record({ do: fc.constantFrom('health', 'trim'), cron: fc.constant('30 3 * * *') }),
    ),
  },
  { requiredKeys: ['site', 'agent', 'bundle', 'broker'] },
);

/** Values of every kind, and numbers at and beyond every bound. */
const OTHER_VALUES = fc.constantFrom(
  ...['-1', '0', '1', '0.5', '65535', '65536', '86400', '86401', '100001', '1e300', '.nan', '.inf', '0x10'],
  ...['true', 'null', '~', '""', '" "', 'x', '"9"', '[]', '[1]', '{}', '{a: 1}', '2026-11-23', '!!str 5'],
);

/** Forms of YAML that a person may write instead, and that mean the same. */
const OTHER_FORMS: readonly ((line: string, at: Line) => string)[] = [
  (line) => `${line} # so`,
  (line) => `# so\n\n${line}`,
  (line) => `${line}   `,
  (line, { key }) => line.replace(key, `"${key}"`),
  (line, { key }) => line.replace(key, `'${key}'`),
  (line, { value }) => (value === undefined ? line : line.replace(`: ${value}`, () => `: &a ${value}`)),
  (line, { value, depth }) =>
    value === undefined ? line : line.replace(`: ${value}`, () => `:\n${'  '.repeat(depth + 2)}${value}`),
  (line, { key, value, depth }) =>
    value === undefined ? line : `${'  '.repeat(depth)}? ${key}\n${'  '.repeat(depth)}: ${value}`,
];

/** A good configuration with one key misspelt, one value of another kind or at its bound, one section missing or doubled, or in other words. */
export const nearlyValid: fc.Arbitrary<NearlyValid> = GOOD.chain((config) => {
  const lines = linesOf(config, 0);
  const place = fc.nat(lines.length - 1);
  const misspelt = fc.tuple(place, fc.nat(), fc.constantFrom('drop', 'swap', 'add'));
  return fc.oneof(
    misspelt.map(([at, where, how]) => misspell(lines, at, where, how)),
    fc.tuple(place, OTHER_VALUES).map(([at, value]) => replaceValue(lines, at, value)),
    place.map((at) => leaveOut(lines, at)),
    fc.tuple(place, fc.boolean()).map(([at, atTheEnd]) => double(lines, at, atTheEnd)),
    fc.tuple(place, fc.constantFrom(...OTHER_FORMS)).map(([at, form]) => inOtherWords(lines, at, form)),
    fc.constantFrom('---\n', '\u{feff}', '# a hub\n').map((before) => whole(lines, (text) => before + text)),
    fc.constant(whole(lines, (text) => text.replaceAll('\n', '\r\n'))),
    fc.constant(whole(lines, () => JSON.stringify(config))),
  );
});

function linesOf(section: object, depth: number): Line[] {
  return Object.entries(section).flatMap(([key, value]: [string, unknown]): Line[] => {
    const opens = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!opens || Object.keys(value).length === 0) return [{ depth, key, value: JSON.stringify(value) }];
    return [{ depth, key }, ...linesOf(value, depth + 1)];
  });
}

const written = ({ depth, key, value }: Line): string =>
  `${'  '.repeat(depth)}${key}:${value === undefined ? '' : ` ${value}`}`;

const textOf = (lines: readonly Line[]): string => `${lines.map(written).join('\n')}\n`;

/** The index behind a line and all that belongs to it. */
function endOf(lines: readonly Line[], at: number): number {
  const behind = lines.findIndex(({ depth }, i) => i > at && depth <= lines[at]!.depth);
  return behind === -1 ? lines.length : behind;
}

/** The line itself and those on which the sections begin that it stands in, from 1: the line of the key, and the next one. */
function around(lines: readonly Line[], at: number): Set<number> {
  const found = new Set([at + 1]);
  let { depth } = lines[at]!;
  for (let i = at; i >= 0; i--) {
    if (lines[i]!.depth >= depth) continue;
    depth = lines[i]!.depth;
    found.add(i + 1).add(i + 2);
  }
  return found;
}

const withLine = (lines: readonly Line[], at: number, line: Line): readonly Line[] => lines.with(at, line);

function misspell(
  lines: readonly Line[],
  at: number,
  where: number,
  how: 'drop' | 'swap' | 'add',
): NearlyValid {
  const line = lines[at]!;
  const i = where % (line.key.length - 1);
  const [head, a, b, tail] = [line.key.slice(0, i), line.key[i]!, line.key[i + 1]!, line.key.slice(i + 2)];
  // Two letters that are the same, swapped, are no mistake.
  const key = {
    drop: `${head}${b}${tail}`,
    swap: `${head}${b}${a}${a === b ? 'q' : ''}${tail}`,
    add: `${head}${a}q${b}${tail}`,
  }[how];
  return {
    text: textOf(withLine(lines, at, { ...line, key })),
    change: `${line.key} is written ${key}`,
    blamed: around(lines, at),
  };
}

function replaceValue(lines: readonly Line[], at: number, value: string): NearlyValid {
  const line = lines[at]!;
  // What stood in the section goes with it.
  const rest = lines.slice(endOf(lines, at));
  const changed = [...lines.slice(0, at), { depth: line.depth, key: line.key, value }, ...rest];
  return {
    text: textOf(changed),
    change: `${line.key} is ${value}`,
    blamed: new Set([...around(lines, at), ...linesNamed(changed, DEPENDENT)]),
  };
}

function leaveOut(lines: readonly Line[], at: number): NearlyValid {
  const left = [...lines.slice(0, at), ...lines.slice(endOf(lines, at))];
  // What is missing is told where it should stand: at its section, or at the top of the file.
  return {
    text: textOf(left),
    change: `${lines[at]!.key} is left out`,
    blamed: new Set([1, ...around(lines, at), ...linesNamed(left, DEPENDENT)]),
  };
}

/** Sections that need something of another one: told where they stand. */
const DEPENDENT = ['dashboard', 'load'];

const linesNamed = (lines: readonly Line[], keys: readonly string[]): number[] =>
  lines.flatMap(({ key, depth }, i) => (depth === 0 && keys.includes(key) ? [i + 1, i + 2] : []));

function double(lines: readonly Line[], at: number, atTheEnd: boolean): NearlyValid {
  const end = endOf(lines, at);
  const block = lines.slice(at, end);
  const { depth } = lines[at]!;
  let behind = end;
  while (atTheEnd && behind < lines.length && lines[behind]!.depth >= depth) behind++;
  return {
    text: textOf([...lines.slice(0, behind), ...block, ...lines.slice(behind)]),
    change: `${lines[at]!.key} stands twice`,
    blamed: new Set([at + 1, behind + 1]),
  };
}

function inOtherWords(
  lines: readonly Line[],
  at: number,
  form: (line: string, at: Line) => string,
): NearlyValid {
  const texts = lines.map((line, i) => (i === at ? form(written(line), line) : written(line)));
  return { text: `${texts.join('\n')}\n`, change: 'other words', blamed: 'none' };
}

const whole = (lines: readonly Line[], change: (text: string) => string): NearlyValid => ({
  text: change(textOf(lines)),
  change: 'other words',
  blamed: 'none',
});
