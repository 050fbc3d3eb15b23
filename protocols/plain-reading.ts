import { type ChannelName, isChannel } from './channels.ts';

/** A reading in JSON with nothing to refuse and nothing to convert, as nearly all are. */
export interface PlainReading {
  readonly t?: number;
  readonly seq?: number;
  readonly v: Readonly<Record<ChannelName, number>>;
}

const MAX_SEQ = 0xffffffff;

/**
 * Whether parsed JSON is such a reading: it then needs no schema, and no copy of its values. What is not may still be good;
 * the schema finds out, and says what is wrong. Thousands of readings come in a second.
 */
export function isPlainReading(json: unknown): json is PlainReading {
  if (typeof json !== 'object' || json === null) return false;
  for (const key in json) if (key !== 't' && key !== 'seq' && key !== 'v') return false;
  const { t, seq, v } = json as Readonly<Record<string, unknown>>;
  if (t !== undefined && !(isInteger(t) && t > 0)) return false;
  if (seq !== undefined && !(isInteger(seq) && seq >= 0 && seq <= MAX_SEQ)) return false;
  return typeof v === 'object' && v !== null && hasGoodValues(v as Readonly<Record<string, unknown>>);
}

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);

function hasGoodValues(values: Readonly<Record<string, unknown>>): boolean {
  let any = false;
  for (const channel in values) {
    if (!isChannel(channel) || !Number.isFinite(values[channel])) return false;
    any = true;
  }
  return any;
}
