import { z } from 'zod';
import { CHANNEL_KINDS, converter, isChannel, unitOf, unknownChannel } from '../../protocols/channels.ts';
import { configError } from '../../protocols/errors.ts';

const column = z.string().min(1);

/**
 * What the columns of a person's own table mean. Where a key is absent, columns count that are called like it: `t`,
 * `label`, `person`, `recording`, `split`, and channels and numbers by their own names.
 */
export const csvColumns = z.strictObject({
  /** Of a stream: when each line was measured. Ascending within a recording. */
  time: column.optional(),
  timeUnit: z.enum(['s', 'ms', 'us', 'iso']).default('s'),
  /** Of a stream without a column of times: its lines come evenly, so many a second. */
  rateHz: z.number().positive().optional(),
  /** Column -> channel: `{ ax: accel.x }`. Other columns are not read. */
  channels: z.record(column, z.string()).optional(),
  /** The table's units where they are not the channels' own, by quantity or channel: `{ accel: g, gyro: deg/s }`. */
  units: z.record(z.string(), z.string()).default({}),
  /** Empty cells: not known what happened there. */
  label: column.optional(),
  /** Number of the task -> column: `{ breathingRate: bpm }`. */
  numbers: z.record(z.string(), column).default({}),
  /** Who was measured, or in which session. Without it, each recording counts as a session of its own. */
  group: column.optional(),
  /** Tells recordings in one file apart. Without it, a file is one recording. */
  recording: column.optional(),
  /** Which of `train`, `validation` and `test` a line belongs to. */
  split: column.optional(),
});
export type CsvColumns = z.infer<typeof csvColumns>;

/** A channel's column, and how its values become the channel's own unit. */
export interface ChannelColumn {
  readonly channel: string;
  readonly column: string;
  toOwnUnit(value: number): number;
}

/**
 * The columns to read for a task's channels, in its order. Throws `TinyError` where a channel is given twice, does not
 * exist, or comes in a unit that is not its own and cannot become it.
 */
export function channelColumns(
  { channels, units }: Pick<CsvColumns, 'channels' | 'units'>,
  wanted: readonly string[],
): ChannelColumn[] {
  const columnOf = new Map(channels ? [] : wanted.map((channel) => [channel, channel]));
  for (const [name, channel] of Object.entries(channels ?? {})) {
    if (!isChannel(channel)) {
      const { message, hint } = unknownChannel(channel);
      throw configError(`csv.channels.${name}: ${message}`, hint);
    }
    const other = columnOf.get(channel);
    if (other !== undefined) {
      throw configError(
        `csv.channels: both "${other}" and "${name}" are ${channel}`,
        'a channel comes from one column',
      );
    }
    columnOf.set(channel, name);
  }
  const missing = wanted.find((channel) => !columnOf.has(channel));
  if (missing !== undefined) {
    throw configError(
      `csv.channels names no column for ${missing}, which the task reads`,
      `add a line "COLUMN: ${missing}", or take the channel out of the task`,
    );
  }
  const quantity = (channel: string) => channel.split('.')[0]!;
  const known = wanted.flatMap((channel) => [channel, quantity(channel)]);
  const stranger = Object.keys(units).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw configError(
      `csv.units: the task reads no "${stranger}"`,
      `units are for ${[...new Set(known)].join(', ')}`,
    );
  }
  return wanted.map((channel) => {
    const unit = units[channel] ?? units[quantity(channel)] ?? unitOf(channel);
    const toOwnUnit = converter(channel, unit);
    if (toOwnUnit) return { channel, column: columnOf.get(channel)!, toOwnUnit };
    const { convertible } = CHANNEL_KINDS.find(({ names }) => quantity(names) === quantity(channel))!;
    throw configError(
      `csv.units: ${channel} cannot come in "${unit}"`,
      `use one of ${[unitOf(channel), ...convertible].join(', ')}`,
    );
  });
}
