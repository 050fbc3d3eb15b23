import { z } from 'zod';
import type { ChannelName } from './channels.ts';
import { isPlainReading } from './plain-reading.ts';
import { type Refusal, ValueGate } from './value-gate.ts';

export type { Refusal, RefusalReason } from './value-gate.ts';

/** What a board measured at one moment. Values are finite and in the channels' own units. */
export interface SensorReading {
  readonly board: string;
  /** When it was measured: epoch microseconds, an integer. */
  readonly timeUs: number;
  /** When it reached this machine: epoch milliseconds. Latency is counted from here. */
  readonly arrivalMs: number;
  readonly values: Readonly<Record<ChannelName, number>>;
  readonly seq?: number;
}

/** Board ids as they stand in topics and file names. */
export const BOARD_ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;

export interface ParsedPayload {
  readonly readings: readonly SensorReading[];
  /** What was not good; the good rest of the same payload is in `readings`. */
  readonly refusals: readonly Refusal[];
}

const MAX_READINGS_PER_PAYLOAD = 10_000;

const seq = z.int().min(0).max(0xffffffff);
const timeUs = z.int().positive();
/** Anything: a value that is not a number is refused by itself, and its neighbours are kept. */
const value = z.unknown();
const units = z.record(z.string(), z.string());

const single = z.strictObject({
  t: timeUs.optional(),
  seq: seq.optional(),
  /** Not `z.record`, which passes over a key named `__proto__` in silence. */
  v: z.custom<Readonly<Record<string, unknown>>>(isPlainObject, 'expected an object of channels'),
  units: units.optional(),
});
const batch = z.strictObject({
  t0: timeUs,
  rateHz: z.number().positive(),
  seq: seq.optional(),
  channels: z.array(z.string()).min(1),
  rows: z.array(z.array(value)).max(MAX_READINGS_PER_PAYLOAD),
  units: units.optional(),
});

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** One MQTT message holds seconds of data, not hours: more is a mistake or an attack. */
export const MAX_PAYLOAD_BYTES = 1 << 20;

/**
 * Parse the payload of `<base>/<board>/readings`: one reading, a batch, or an array of readings.
 * Never throws: what is wrong comes back as refusals, what is right as readings.
 */
export function parseReadings(board: string, payload: Uint8Array, arrivalMs: number): ParsedPayload {
  const malformed = (message: string): ParsedPayload => ({
    readings: [],
    refusals: [{ reason: 'malformed', message }],
  });
  if (payload.length > MAX_PAYLOAD_BYTES) {
    return malformed(
      `payload of ${payload.length} bytes; at most ${MAX_PAYLOAD_BYTES}: send smaller batches`,
    );
  }
  let json: unknown;
  try {
    json = parseJson(utf8.decode(payload));
  } catch {
    return malformed('payload is not JSON');
  }
  const items = Array.isArray(json) ? json : [json];
  if (items.length > MAX_READINGS_PER_PAYLOAD)
    return malformed(`more than ${MAX_READINGS_PER_PAYLOAD} readings`);

  const gate = new ValueGate();
  const readings: SensorReading[] = [];
  const timeOf = (t: number | undefined): number => t ?? Math.round(arrivalMs * 1000);
  for (const item of items) {
    if (isPlainReading(item)) {
      readings.push(readingOf(board, timeOf(item.t), arrivalMs, item.v, item.seq));
      continue;
    }
    const isBatch = typeof item === 'object' && item !== null && 'rows' in item;
    const parsed = isBatch ? batch.safeParse(item) : single.safeParse(item);
    if (!parsed.success) {
      gate.refuse('malformed', shapeProblem(parsed.error));
      continue;
    }
    for (const { t, values, seq } of isBatch
      ? batchRows(parsed.data as z.infer<typeof batch>, gate)
      : [singleRow(parsed.data as z.infer<typeof single>)]) {
      const good = gate.admit(values, parsed.data.units);
      if (good) readings.push(readingOf(board, timeOf(t), arrivalMs, good, seq));
    }
  }
  return { readings, refusals: gate.refusals };
}

const readingOf = (
  board: string,
  timeUs: number,
  arrivalMs: number,
  values: SensorReading['values'],
  seq: number | undefined,
): SensorReading =>
  seq === undefined ? { board, timeUs, arrivalMs, values } : { board, timeUs, arrivalMs, values, seq };

/**
 * JSON has no NaN and no infinity, but Python and printf write them: such a value is missing, and the rest is good. A text
 * in quotes is passed over, one that does not end as well: else each of its quotes would be tried as a beginning.
 */
const NOT_FINITE = /("(?:[^"\\]+|\\[\s\S]?)*"?)|[-+]?\b(?:NaN|nan|Infinity|inf)\b/g;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(text.replace(NOT_FINITE, (_, quoted?: string) => quoted ?? 'null'));
  }
}

interface RawRow {
  readonly t: number | undefined;
  readonly seq: number | undefined;
  readonly values: readonly (readonly [channel: string, value: unknown])[];
}

const singleRow = (r: z.infer<typeof single>): RawRow => ({
  t: r.t,
  seq: r.seq,
  values: Object.entries(r.v),
});

function* batchRows(b: z.infer<typeof batch>, gate: ValueGate): Generator<RawRow> {
  for (const [i, row] of b.rows.entries()) {
    const t = b.t0 + Math.round((i * 1e6) / b.rateHz);
    if (row.length !== b.channels.length) {
      gate.refuse('malformed', `rows.${i} has ${row.length} values for ${b.channels.length} channels`);
      continue;
    }
    if (!Number.isSafeInteger(t)) {
      gate.refuse('malformed', `rows.${i} would lie at ${t} microseconds: rateHz is too low`);
      continue;
    }
    yield {
      t,
      seq: b.seq === undefined ? undefined : (b.seq + i) >>> 0,
      values: b.channels.map((channel, c) => [channel, row[c]] as const),
    };
  }
}

/** What boards call the time elsewhere. */
const OTHER_NAMES_OF_T = new Set(['ts', 'time', 'timestamp', 'timestampUs', 'timeUs', 't_us']);

function shapeProblem(error: z.ZodError): string {
  // A key too many may be the reason why another one is missing.
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0];
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const meant = OTHER_NAMES_OF_T.has(key) ? ' (the time is "t", in microseconds since 1970)' : '';
    return `unknown key "${key}"${meant}`;
  }
  return issue ? `${issue.path.join('.') || 'payload'}: ${issue.message}` : 'not in the shape of a reading';
}
