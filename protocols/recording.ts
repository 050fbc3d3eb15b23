import { createReadStream, createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { type ChannelName, isChannel, unknownChannel } from './channels.ts';
import { TinyError } from './errors.ts';
import { BOARD_ID, type SensorReading } from './reading.ts';

/** A stretch of a recording with a known answer: [startUs, endUs). */
export interface LabelSpan {
  readonly startUs: number;
  readonly endUs: number;
  readonly label: string;
}

/** Readings of one board in time order, with the truth beside them. */
export interface Recording {
  readonly id: string;
  readonly board: string;
  readonly channels: readonly ChannelName[];
  /** The source's own rate, or a nominal one where the source states none. */
  readonly rateHz: number;
  /** True when `rateHz` is ours, because the source states no rate. */
  readonly nominalRate: boolean;
  /** Who or which session: what honest splits are made by. */
  readonly group?: string;
  readonly split?: string;
  /** (N) microseconds, strictly increasing. */
  readonly timesUs: Float64Array;
  /** Row-major (N, channels); NaN where the channel was not measured. */
  readonly values: Float64Array;
  readonly labels: readonly LabelSpan[];
}

const FORMAT = 'tinyllm-recording/1';
const time = z.int();
const header = z.strictObject({
  format: z.literal(FORMAT),
  id: z.string().min(1),
  board: z.string().regex(BOARD_ID),
  channels: z.array(z.string()).min(1),
  rateHz: z.number().positive(),
  nominalRate: z.boolean(),
  group: z.string().optional(),
  split: z.string().optional(),
});
const row = z.array(z.number().nullable());
const span = z.strictObject({ label: z.string(), start: time, end: time });
const trailer = z.strictObject({ rows: z.int() });

/**
 * Write recordings to one file, gzip when the name ends in `.gz`; in place only when complete.
 *
 * A recording is a header line, one `[timeUs, v1, v2, ..]` line a reading, one
 * `{"label", "start", "end"}` line a span, and a last line `{"rows": n}` by which a reader
 * knows that nothing is missing (docs/recordings.md).
 */
export async function writeRecordings(path: string, recordings: Iterable<Recording>): Promise<void> {
  const temporary = `${path}.partial`;
  const lines = Readable.from(linesOf(recordings));
  if (path.endsWith('.gz')) await pipeline(lines, createGzip({ level: 9 }), createWriteStream(temporary));
  else await pipeline(lines, createWriteStream(temporary));
  await rename(temporary, path);
}

function* linesOf(recordings: Iterable<Recording>): Generator<string> {
  for (const r of recordings) {
    const { id, board, channels, rateHz, nominalRate, group, split } = r;
    const optional = { ...(group === undefined ? {} : { group }), ...(split === undefined ? {} : { split }) };
    yield `${JSON.stringify({ format: FORMAT, id, board, channels, rateHz, nominalRate, ...optional })}\n`;
    for (let i = 0; i < r.timesUs.length; i++) {
      const values = r.values.subarray(i * channels.length, (i + 1) * channels.length);
      yield `${JSON.stringify([r.timesUs[i], ...Array.from(values, (v) => (Number.isNaN(v) ? null : v))])}\n`;
    }
    for (const { label, startUs, endUs } of r.labels) {
      yield `${JSON.stringify({ label, start: startUs, end: endUs })}\n`;
    }
    yield `${JSON.stringify({ rows: r.timesUs.length })}\n`;
  }
}

/**
 * Read every recording of a file. Throws `TinyError` naming file and line when it is not one,
 * or when it was cut short: a damaged recording is refused whole.
 */
export async function* readRecordings(path: string): AsyncGenerator<Recording> {
  const refuse = (line: number, what: string, cause?: unknown) =>
    new TinyError(
      `${path}:${line}: ${what}`,
      'the file is damaged or is not a recording; write it again with `tinyllm prepare`, or copy it anew',
      { cause },
    );
  const file = createReadStream(path);
  const stream = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  file.on('error', (error) => stream.destroy(error));
  let lineNumber = 0;
  let open: RecordingBuilder | undefined;
  try {
    for await (const line of linesIn(stream)) {
      lineNumber++;
      if (line === '') continue;
      const json: unknown = JSON.parse(line);
      if (open === undefined) {
        open = new RecordingBuilder(header.parse(json));
      } else if (Array.isArray(json)) {
        open.addRow(row.parse(json));
      } else if (typeof json === 'object' && json !== null && 'rows' in json) {
        yield open.finish(trailer.parse(json).rows);
        open = undefined;
      } else {
        open.addLabel(span.parse(json));
      }
    }
  } catch (error) {
    if (isMissingFile(error)) {
      throw new TinyError(`there is no file ${path}`, 'check the path', { cause: error });
    }
    throw refuse(lineNumber, explain(error), error);
  } finally {
    // A reader that stops early, or a damaged gzip, would leave the file open.
    file.destroy();
  }
  if (open) throw refuse(lineNumber, `recording "${open.id}" ends before its last line`);
  if (lineNumber === 0) throw refuse(0, 'the file is empty');
}

/** Lines of a text stream. (node:readline loses the errors of its input, and with them a truncated gzip.) */
async function* linesIn(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

const isMissingFile = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

function explain(error: unknown): string {
  if (error instanceof z.ZodError) {
    const issue = error.issues[0];
    return `not a line of a recording: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
  }
  return error instanceof Error ? error.message : String(error);
}

class RecordingBuilder {
  readonly #header: z.infer<typeof header>;
  readonly #times: number[] = [];
  readonly #values: number[] = [];
  readonly #labels: LabelSpan[] = [];

  constructor(from: z.infer<typeof header>) {
    for (const channel of from.channels) if (!isChannel(channel)) throw unknownChannel(channel);
    this.#header = from;
  }

  get id(): string {
    return this.#header.id;
  }

  addRow([timeUs, ...values]: readonly (number | null)[]): void {
    if (typeof timeUs !== 'number' || !Number.isSafeInteger(timeUs))
      throw new Error('a row begins with its time');
    const last = this.#times.at(-1);
    if (last !== undefined && timeUs <= last) throw new Error(`time ${timeUs} does not come after ${last}`);
    if (values.length !== this.#header.channels.length) {
      throw new Error(`a row of ${values.length} values for ${this.#header.channels.length} channels`);
    }
    this.#times.push(timeUs);
    for (const value of values) this.#values.push(value ?? Number.NaN);
  }

  addLabel({ label, start, end }: z.infer<typeof span>): void {
    if (end <= start) throw new Error(`label "${label}" ends at ${end}, before it starts at ${start}`);
    this.#labels.push({ label, startUs: start, endUs: end });
  }

  finish(rows: number): Recording {
    if (rows !== this.#times.length) throw new Error(`${this.#times.length} rows where ${rows} were written`);
    const { id, board, channels, rateHz, nominalRate, group, split } = this.#header;
    return {
      id,
      board,
      channels,
      rateHz,
      nominalRate,
      ...(group === undefined ? {} : { group }),
      ...(split === undefined ? {} : { split }),
      timesUs: Float64Array.from(this.#times),
      values: Float64Array.from(this.#values),
      labels: this.#labels,
    };
  }
}

/** Sample `i` of a recording as a board would send it, `shiftUs` later. Missing values are left out. */
export function readingAt(
  { board, channels, timesUs, values }: Recording,
  i: number,
  shiftUs = 0,
): SensorReading {
  const timeUs = timesUs[i]! + shiftUs;
  const present: Record<ChannelName, number> = {};
  for (const [c, channel] of channels.entries()) {
    const value = values[i * channels.length + c]!;
    if (!Number.isNaN(value)) present[channel] = value;
  }
  return { board, timeUs, arrivalMs: timeUs / 1000, values: present };
}

/** All samples of a recording, in order. */
export function* readingsOf(recording: Recording, shiftUs = 0): Generator<SensorReading> {
  for (let i = 0; i < recording.timesUs.length; i++) yield readingAt(recording, i, shiftUs);
}
