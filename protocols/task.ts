import { z } from 'zod';
import { answers } from './answers.ts';
import { isChannel, unitOf, unknownChannel } from './channels.ts';
import { configError, type TinyError } from './errors.ts';
import { checked, type Origin, placeIn } from './schema-error.ts';
import { type WindowSpec, watchedChannels, windowSpec } from './window-spec.ts';

/**
 * What a person writes about a task (configs/tasks/*.yaml): which channels, which stretch of time,
 * which question, which answers. What training fits to it is in `FittedTask`.
 */
export type TaskSpec = z.infer<typeof taskSpec>;
export type ChannelSpec = TaskSpec['input']['channels'][number];
export type RateTask = TaskSpec & { readonly input: RateInput };
type RateInput = z.infer<typeof rateInput>;
type Input = RateInput | z.infer<typeof snapshotInput>;

const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'lower-case letters, digits and dashes');

const channelSpec = z.strictObject({
  channel: z.string(),
  /** The unit its values have here. Only the channel's own is possible: what a person wrote is checked against it. */
  unit: z.string().optional(),
  /** The channel's name in the paper's prompts; its own name when absent. */
  title: z.string().optional(),
  /** With exactly so many decimals are its values written in the paper's prompts; with two at most, as they need, when absent. */
  decimals: z.int().min(0).max(6).optional(),
  /** How the samples of one time step become one value. */
  reduce: z.enum(['mean', 'last', 'max']).default('mean'),
  /**
   * A step without samples, inside the allowed gap, repeats the value before it (`hold`), lies on the line between its
   * neighbours in the window (`interpolate`; it then waits for the next of them), says that it is missing (`mark`), or
   * costs the window (`abandon`).
   */
  missing: z.enum(['hold', 'interpolate', 'mark', 'abandon']).default('hold'),
});

const channels = z
  .array(channelSpec)
  .min(1)
  .refine((all) => new Set(all.map((c) => c.channel)).size === all.length, 'a channel stands twice');

/** A time grid: every step is one bin of 1/rateHz seconds. For motion and light. */
const rateInput = z.strictObject({
  kind: z.literal('rate'),
  rateHz: z.number().positive().max(1000),
  /**
   * How many readings a second a board is expected to send. Where it is stated, a window is complete with the last sample
   * that belongs in it; otherwise only the first reading after its end tells that there was none left.
   */
  boardRateHz: z.number().positive().optional(),
  /**
   * A step is a bin of time (`time`, when absent), or so many readings one after the other as a board sends in it by its
   * `boardRateHz`, whatever their times say (`count`): for boards whose clock is worth less than their pace.
   */
  steps: z.enum(['time', 'count']).optional(),
  /**
   * When the steps without samples in one piece of a window are longer than this together, it is
   * abandoned: what happened there cannot be known.
   */
  maxGapMs: z.number().positive(),
  channels,
});

/** The latest value of each channel at one moment. For radio signals and room sensors. */
const snapshotInput = z.strictObject({
  kind: z.literal('snapshot'),
  /** An older value counts as missing. */
  maxAgeMs: z.number().positive(),
  channels,
});

/** A board's memory is bounded by what its task lets be open at once. */
const MAX_OPEN_WINDOWS = 200;

export const taskSpec = z
  .strictObject({
    name,
    instruction: z.string().min(1),
    input: z.discriminatedUnion('kind', [rateInput, snapshotInput]),
    window: windowSpec,
    answers,
  })
  .refine((t) => t.input.kind === 'rate' || t.window.rows === 1, {
    message: 'a snapshot has one row',
    path: ['window', 'rows'],
  })
  .refine((t) => t.input.kind === 'rate' || t.window.hopMs !== undefined, {
    message: 'a snapshot task takes `hopMs`, not a trigger, and does not count readings',
    path: ['window'],
  })
  .refine(
    ({ input }) =>
      input.kind === 'rate' || input.channels.every(({ missing }) => ['hold', 'mark'].includes(missing)),
    {
      message: 'a snapshot has no neighbours: `hold` or `mark` what is missing',
      path: ['input', 'channels'],
    },
  )
  .refine(({ input, window }) => isCounted(input) === (window.hopReadings !== undefined), {
    message: '`steps: count` takes `hopReadings`, and nothing else does',
    path: ['window'],
  })
  .refine(({ input }) => !isCounted(input) || input.boardRateHz !== undefined, {
    message: '`steps: count` needs a boardRateHz: its share of rateHz is the number of readings in a step',
    path: ['input', 'boardRateHz'],
  })
  .refine((t) => openAtOnce(t) <= MAX_OPEN_WINDOWS, {
    message: `more than ${MAX_OPEN_WINDOWS} windows would be open at once: hop less often, or shorten the window`,
    path: ['window'],
  })
  .refine(
    ({ input, window }) =>
      input.kind === 'snapshot' || (window.trigger?.preMs ?? 0) < (window.rows * 1000) / input.rateHz,
    { message: 'the moment of the trigger must lie within the window', path: ['window', 'trigger', 'preMs'] },
  );

/** The quantiser of one channel. */
export type Quantiser = z.infer<typeof quantiser>;

const quantiser = z.strictObject({
  channel: z.string(),
  /** The number that stands for level 0; level i is written as `firstNumber + i`. */
  firstNumber: z.int().min(0),
  /** (levels - 1) ascending; a value's level is how many edges it reaches. In the channel's own unit. */
  edges: z
    .array(z.number())
    .refine((edges) => edges.every((edge, i) => i === 0 || edges[i - 1]! <= edge), 'edges must ascend'),
});

/** A task as training left it: all that a prompt and an answer depend on. Travels in the bundle. */
export type FittedTask = z.infer<typeof fittedTask>;

export const fittedTask = z
  .strictObject({
    spec: taskSpec,
    template: z.enum(['stream', 'tinyllm-paper']),
    /** One for each channel, in the order of the spec; their number ranges do not touch. */
    quantisers: z.array(quantiser),
    /** How a missing value is written in the stream template. */
    missingText: z.string(),
    /** An answer less probable than this is given as unknown. */
    unknownThreshold: z.number().min(0).max(1),
    /** Share of each label in the training split; empty where the task asks for numbers only. */
    classPrior: z.record(z.string(), z.number()),
  })
  .refine(
    ({ template, spec: { input }, quantisers }) =>
      template !== 'stream' ||
      (quantisers.length === input.channels.length &&
        quantisers.every(({ channel }, c) => channel === input.channels[c]!.channel)),
    { message: 'one quantiser for each channel, in the order of the task', path: ['quantisers'] },
  )
  .refine(({ quantisers }) => areDisjoint(quantisers), {
    message: 'two channels share numbers',
    path: ['quantisers'],
  });

function areDisjoint(quantisers: readonly Quantiser[]): boolean {
  const byNumber = [...quantisers].sort((a, b) => a.firstNumber - b.firstNumber);
  return byNumber.every(({ firstNumber }, i) => {
    const below = byNumber[i - 1];
    return below === undefined || below.firstNumber + below.edges.length < firstNumber;
  });
}

/** Milliseconds as a person writes them -> whole microseconds, as all event time is counted. */
export const toUs = (ms: number): number => Math.round(ms * 1000);

/**
 * The step of a rate task's time grid, in integer microseconds. Rounded down: a sample that a board takes exactly on the
 * grid, its time rounded, then never falls short of the step that begins with it.
 */
export const periodUs = (input: { readonly rateHz: number }): number => Math.floor(1e6 / input.rateHz);

/** Readings in one step: those that a board sends in its time. Infinite where nobody said how many that is. */
export const readingsPerStep = ({ rateHz, boardRateHz = Number.POSITIVE_INFINITY }: RateInput): number =>
  Math.max(1, Math.round(boardRateHz / rateHz));

const isCounted = (input: Input): input is RateInput => input.kind === 'rate' && input.steps === 'count';

/** How many windows of one board are open at the same time. */
function openAtOnce({ input, window }: { readonly input: Input; readonly window: WindowSpec }): number {
  if (input.kind === 'snapshot' || window.trigger) return 1;
  const steps =
    window.hopReadings === undefined
      ? toUs(window.hopMs!) / periodUs(input)
      : window.hopReadings / readingsPerStep(input);
  return Math.ceil(window.rows / steps);
}

export const isRateTask = (task: TaskSpec): task is RateTask => task.input.kind === 'rate';

/** How long one window is. A snapshot has no length. */
export const windowUs = ({ input, window }: TaskSpec): number =>
  input.kind === 'rate' ? window.rows * periodUs(input) : 0;

/** Check what was read from a file. Throws `TinyError` (exit 78) with every mistake and its place. */
export function parseTaskSpec(value: unknown, origin: Origin): TaskSpec {
  const task = checked(taskSpec, value, origin);
  const { input, window } = task;
  for (const [i, { channel, unit }] of input.channels.entries()) {
    const place = (key: string) => placeIn(origin, ['input', 'channels', i, key]);
    if (!isChannel(channel)) throw inFile(place('channel'), unknownChannel(channel));
    if (unit !== undefined && unit !== unitOf(channel)) {
      throw configError(
        `${place('unit')}: ${channel} is given in "${unit}", but the system holds it in "${unitOf(channel)}"`,
        'state the edges and levels of the task in that unit; boards may send another and name it',
      );
    }
  }
  const watched = window.trigger ? watchedChannels(window.trigger) : [];
  const stranger = watched.find((name) => !input.channels.some(({ channel }) => channel === name));
  if (stranger !== undefined) {
    throw configError(
      `${placeIn(origin, ['window', 'trigger', 'channel'])}: the trigger watches "${stranger}", which is not a channel of the task`,
      `add it to input.channels, or watch one of ${input.channels.map((c) => c.channel).join(', ')}`,
    );
  }
  return task;
}

const inFile = (where: string, error: TinyError): TinyError =>
  configError(`${where}: ${error.message}`, error.hint);
