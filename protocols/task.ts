import { z } from 'zod';
import { answers } from './answers.ts';
import { isChannel, unitOf, unknownChannel } from './channels.ts';
import { configError, type TinyError } from './errors.ts';
import { checked, type Origin, placeIn } from './schema-error.ts';

/**
 * What a person writes about a task (configs/tasks/*.yaml): which channels, which stretch of time,
 * which question, which answers. What training fits to it is in `FittedTask`.
 */
export type TaskSpec = z.infer<typeof taskSpec>;
export type ChannelSpec = TaskSpec['input']['channels'][number];
export type TriggerSpec = z.infer<typeof trigger>;
export type RateTask = TaskSpec & { readonly input: z.infer<typeof rateInput> };

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
  /** A step without samples repeats the value before it (`hold`), or says that it is missing (`mark`). */
  missing: z.enum(['hold', 'mark']).default('hold'),
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

/** Opens a window where a channel falls below (or rises above) a level, wherever that happens. */
const trigger = z
  .strictObject({
    channel: z.string(),
    below: z.number().optional(),
    above: z.number().optional(),
    /** The trigger is armed again when the channel has come back to this level .. */
    release: z.number(),
    /** .. and stayed there this long. */
    quietMs: z.number().min(0).default(0),
    /** How much of the window lies before the moment of the trigger. */
    preMs: z.number().min(0),
  })
  .refine((t) => (t.below === undefined) !== (t.above === undefined), 'give one of `below` and `above`')
  .refine(
    (t) => (t.below === undefined ? t.release <= t.above! : t.release >= t.below),
    '`release` must lie on the quiet side of the level',
  );

const window = z
  .strictObject({
    /** Time steps in a window. */
    rows: z.int().min(1).max(1000),
    /** A new window opens every so often .. */
    hopMs: z.number().min(1).optional(),
    /** .. or only when something happens. */
    trigger: trigger.optional(),
  })
  .refine((w) => (w.hopMs === undefined) !== (w.trigger === undefined), 'give one of `hopMs` and `trigger`');

export const taskSpec = z
  .strictObject({
    name,
    instruction: z.string().min(1),
    input: z.discriminatedUnion('kind', [rateInput, snapshotInput]),
    window,
    answers,
  })
  .refine((t) => t.input.kind === 'rate' || t.window.rows === 1, {
    message: 'a snapshot has one row',
    path: ['window', 'rows'],
  })
  .refine((t) => t.input.kind === 'rate' || t.window.trigger === undefined, {
    message: 'a snapshot task takes `hopMs`, not a trigger',
    path: ['window', 'trigger'],
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
  const watched = window.trigger?.channel;
  if (watched !== undefined && !input.channels.some((c) => c.channel === watched)) {
    throw configError(
      `${placeIn(origin, ['window', 'trigger', 'channel'])}: the trigger watches "${watched}", which is not a channel of the task`,
      `add it to input.channels, or watch one of ${input.channels.map((c) => c.channel).join(', ')}`,
    );
  }
  return task;
}

const inFile = (where: string, error: TinyError): TinyError =>
  configError(`${where}: ${error.message}`, error.hint);
