import { z } from 'zod';

/**
 * Where the windows of a task begin: every so often, or where something happens. The part of `TaskSpec` under `window`.
 */
export type WindowSpec = z.infer<typeof windowSpec>;
export type TriggerSpec = z.infer<typeof trigger>;
export type LevelTriggerSpec = z.infer<typeof levelTrigger>;
export type EnergyTriggerSpec = z.infer<typeof energyTrigger>;

/** What both kinds of trigger say about the window that they open. */
const opening = {
  /** The trigger is armed again when it has been quiet for so long. */
  quietMs: z.number().min(0).default(0),
  /** How much of the window lies before the moment of the trigger. */
  preMs: z.number().min(0),
  /** From one moment of the trigger to the next it takes at least so long, however soon it is quiet. */
  refractoryMs: z.number().min(0).optional(),
};

/** Opens a window where a channel falls below (or rises above) a level, wherever that happens. */
const levelTrigger = z
  .strictObject({
    kind: z.literal('level').optional(),
    channel: z.string(),
    below: z.number().optional(),
    above: z.number().optional(),
    /** It is quiet when the channel has come back to this level. */
    release: z.number(),
    ...opening,
  })
  .refine((t) => (t.below === undefined) !== (t.above === undefined), 'give one of `below` and `above`')
  .refine(
    (t) => (t.below === undefined ? t.release <= t.above! : t.release >= t.below),
    '`release` must lie on the quiet side of the level',
  );

/**
 * Opens a window where some channels move much more than they did before: for motion, which has no level of its own.
 * The energy of the last `shortMs` is compared with that of the last `longMs`
 * (STA/LTA: R. Allen, Automatic earthquake recognition and timing from single traces, BSSA 68, 1978).
 */
const energyTrigger = z
  .strictObject({
    kind: z.literal('energy'),
    channels: z.array(z.string()).min(1),
    shortMs: z.number().positive(),
    longMs: z.number().positive(),
    /** Fires when the short-term energy is more than so many times the background .. */
    ratio: z.number().gt(1),
    /** .. and is quiet when it is at most so many times the background. */
    release: z.number().positive(),
    /** The background is never taken to be calmer than this: root mean square, in the channels' unit. */
    noise: z.number().positive(),
    ...opening,
  })
  .refine((t) => t.shortMs < t.longMs, '`shortMs` must be shorter than `longMs`')
  .refine((t) => t.release <= t.ratio, '`release` must not be above `ratio`');

const trigger = z.discriminatedUnion('kind', [levelTrigger, energyTrigger]);

export const windowSpec = z
  .strictObject({
    /** Time steps in a window. */
    rows: z.int().min(1).max(1000),
    /** A new window opens every so often .. */
    hopMs: z.number().min(1).optional(),
    /** .. or every so many readings, where steps are counted (`input.steps: count`) .. */
    hopReadings: z.int().min(1).optional(),
    /** .. or only when something happens. */
    trigger: trigger.optional(),
  })
  .refine(
    ({ hopMs, hopReadings, trigger }) =>
      [hopMs, hopReadings, trigger].filter((one) => one !== undefined).length === 1,
    'give one of `hopMs`, `hopReadings` and `trigger`',
  );

/** The channels that a trigger watches. */
export const watchedChannels = (trigger: TriggerSpec): readonly string[] =>
  trigger.kind === 'energy' ? trigger.channels : [trigger.channel];

/** What a trigger must have seen before it can fire, in milliseconds: its quiet time, and the background it compares with. */
export const warmUpMs = (trigger: TriggerSpec): number =>
  trigger.quietMs + (trigger.kind === 'energy' ? trigger.longMs : 0);
