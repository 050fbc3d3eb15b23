import { groupBy } from '../group-by.ts';
import {
  bestMethod,
  type Compared,
  differenceText,
  errorLeadText,
  errorsText,
  leadText,
  methodsOf,
} from './comparison.ts';
import { MODEL, type Place, pooled, stemOf } from './pooled.ts';
import type { RunResult } from './run-result.ts';
import { percent, spread } from './spread.ts';

/** A recipe that could be run, whether or not it was. */
export interface Runnable {
  readonly name: string;
  readonly task: string;
  readonly dataset: string;
  /** Which rows of the data set. */
  readonly where?: Readonly<Record<string, string>>;
}

type Cells = readonly string[];

/** The generated part of docs/results.md: every recipe, its runs put together by seed. Cells that were not run stay blank. */
export function resultsPage(recipes: readonly Runnable[], results: readonly RunResult[]): string {
  const runsOf = ({ name }: Runnable): RunResult[] => results.filter(({ recipe }) => recipe === name);
  const strangers = results.filter(({ recipe }) => !recipes.some(({ name }) => name === recipe));
  const gone = [
    ...new Map(
      strangers.map(({ recipe, task, dataset }) => [recipe, { name: recipe, task, dataset }]),
    ).values(),
  ];
  const all = [...recipes, ...gone];
  return [
    '## All recipes',
    table([OVERVIEW, ...all.map((recipe) => overviewRow(recipe, runsOf(recipe)))]),
    ...pooledPlaces(recipes, runsOf),
    ...all.filter((recipe) => runsOf(recipe).length > 0).map((recipe) => section(recipe, runsOf(recipe))),
  ].join('\n\n');
}

const OVERVIEW: Cells = [
  'recipe',
  'data set',
  'seeds',
  'accuracy',
  'macro-F1',
  'error',
  'best classical method',
  'its accuracy',
  'its macro-F1',
  'its error',
  'lead in macro-F1',
  'error less its',
  'parameters',
  'tokens a window',
  'training, min',
  'bundle, MB',
];

function overviewRow({ name, dataset }: Runnable, runs: readonly RunResult[]): Cells {
  const tests = runs.flatMap(({ test }) => test ?? []);
  const best = bestMethod(tests);
  const first = runs[0];
  const share = (of: 'accuracy' | 'macroF1', figures: readonly Compared[] | undefined): string =>
    spread(
      (figures ?? []).map((one) => one[of]),
      percent,
    );
  const rival = best?.seeds.map((seed) => ({ ...seed, baselines: null }));
  return [
    runs.length > 0 ? `[${name}](#${name})` : name,
    dataset,
    runs.map(({ seed }) => seed).join(', '),
    share('accuracy', tests),
    share('macroF1', tests),
    errorsText(tests),
    best?.name ?? '',
    share('accuracy', rival),
    share('macroF1', rival),
    errorsText(rival ?? []),
    best ? leadText(best.seeds, 'macroF1') : '',
    best ? errorLeadText(best.seeds) : '',
    first?.parameters?.toLocaleString('en') ?? '',
    String(first?.tokensPerWindow ?? ''),
    minutes(runs),
    spread(
      runs.map(({ bundleBytes }) => bundleBytes),
      (bytes) => (bytes / 1e6).toFixed(2),
    ),
  ];
}

const POOLED: Cells = ['', 'accuracy', 'lead in accuracy', 'position error, m', 'error less its, m'];

const minutes = (runs: readonly RunResult[]): string => {
  const threads = [...new Set(runs.flatMap(({ training }) => training?.threads ?? []))];
  const text = spread(
    runs.map(({ training }) => training?.minutes),
    (value) => value.toFixed(1),
  );
  return threads.length === 0
    ? text
    : `${text} on ${threads.join(' or ')} thread${threads.join() === '1' ? '' : 's'}`;
};

/** Recipes that differ in the place only, where each was run: all their rows together. */
function pooledPlaces(recipes: readonly Runnable[], runsOf: (recipe: Runnable) => RunResult[]): string[] {
  const stems = groupBy(recipes, ({ name, where }) => stemOf(name, where));
  return [...stems]
    .filter(([, places]) => places.length > 1 && places.every((recipe) => runsOf(recipe).length > 0))
    .map(([stem, recipes]) => {
      const places = recipes.map((recipe): Place => {
        const seeds = runsOf(recipe).flatMap(({ test }) => test ?? []);
        return { n: seeds[0]?.n ?? 0, seeds };
      });
      const rows = pooled(places).map(({ name, accuracy, positionErrorM, modelMinusThis }) => [
        name === MODEL ? `**${name}**` : name,
        spread([accuracy], percent),
        differenceText([modelMinusThis.accuracy], percent),
        spread([positionErrorM], (metres) => metres.toPrecision(3)),
        differenceText([modelMinusThis.positionErrorM], (metres) => metres.toFixed(3)),
      ]);
      const n = places.reduce((sum, place) => sum + place.n, 0);
      const told = `All ${n} test rows of ${recipes.map(({ name }) => name).join(', ')}:`;
      return `## ${stem}, all places\n\n${told}\n\n${table([POOLED, ...rows])}`;
    });
}

function section({ name, task, dataset }: Runnable, runs: readonly RunResult[]): string {
  const tests = runs.flatMap(({ test }) => test ?? []);
  const folds = runs.flatMap(({ crossValidation }) => crossValidation ?? []);
  const last = runs.at(-1)!;
  return [
    `## ${name}`,
    `Task \`${task}\`, data set \`${dataset}\`.`,
    ...tests.slice(0, 1).map(({ n, split, groups }) => {
      const of = groups
        ? ` of ${groups.n} persons or sessions${
            groups.lowest === null
              ? ''
              : `, the lowest at ${spread(
                  tests.map((t) => t.groups?.lowest),
                  percent,
                )}, the median at ${spread(
                  tests.map((t) => t.groups?.median),
                  percent,
                )}`
          }`
        : '';
      return `${n} distinct rows of the ${split} split${of}:\n\n${comparison(tests)}`;
    }),
    ...folds
      .slice(0, 1)
      .map(
        (cv) =>
          `Grouped ${cv.folds}-fold over ${cv.groups} persons or sessions, ${cv.n} rows, each tested by models and methods that saw nobody of its group:\n\n${comparison(folds)}`,
      ),
    ...(last.variants.length > 0 ? [`Variants (seed ${last.seed}):\n\n${variants(last)}`] : []),
    table([RUN, ...runs.map(runRow)]),
  ].join('\n\n');
}

/** The model first, then every method. */
function comparison(runs: readonly Compared[]): string {
  const model: Cells = ['**TinyLLM**', ...figureCells(runs), '', '', ''];
  const methods = methodsOf(runs).map(
    ({ name, seeds }): Cells => [
      name,
      ...figureCells(seeds),
      leadText(seeds, 'accuracy'),
      leadText(seeds, 'macroF1'),
      errorLeadText(seeds),
    ],
  );
  return table([
    [
      '',
      'accuracy',
      '95 %',
      'macro-F1',
      'moved',
      'error',
      'lead in accuracy',
      'lead in macro-F1',
      'error less its',
    ],
    model,
    ...methods,
  ]);
}

type Row = Omit<Compared, 'baselines'> & {
  readonly ci95?: { readonly accuracy?: readonly number[] | null } | null;
};

function figureCells(seeds: readonly Row[]): Cells {
  const [only] = seeds.length === 1 ? seeds : [];
  return [
    spread(
      seeds.map(({ accuracy }) => accuracy),
      percent,
    ),
    only?.ci95?.accuracy?.map(percent).join(' to ') ?? '',
    spread(
      seeds.map(({ macroF1 }) => macroF1),
      percent,
    ),
    spread(
      seeds.map(({ shiftMean }) => shiftMean),
      percent,
    ),
    errorsText(seeds),
  ];
}

const variants = ({ variants: all }: RunResult): string =>
  table([
    ['variant', 'bytes', 'accuracy', 'macro-F1', 'as fp32', 'window p50 / p95 ms', 'tokens/s', 'peak MB'],
    ...all.map((one) => [
      `${one.name}${one.accepted ? '' : ' (refused)'}`,
      one.fileBytes.toLocaleString('en'),
      spread([one.accuracy], percent),
      spread([one.macroF1], percent),
      spread([one.agreement], percent),
      one.latencyMs ? `${one.latencyMs.p50.toFixed(2)} / ${one.latencyMs.p95.toFixed(2)}` : '',
      spread([one.tokensPerS], (value) => value.toFixed(0)),
      spread([one.peakMemoryMb], (value) => value.toFixed(0)),
    ]),
  ]);

const RUN: Cells = ['seed', 'date', 'source', 'recipe', 'training, min'];

const runRow = (run: RunResult): Cells => [
  String(run.seed),
  run.date.slice(0, 10),
  run.commit?.slice(0, 12) ?? '',
  run.recipeHash.slice(0, 12),
  minutes([run]),
];

const table = ([head, ...rows]: readonly Cells[]): string =>
  [head!, head!.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
