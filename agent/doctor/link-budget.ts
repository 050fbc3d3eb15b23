import { CRC_BYTES, HEADER_BYTES, SAMPLE_BYTES, SAMPLES_HEADER_BYTES } from '../../protocols/frames.ts';
import { isRateTask, type TaskSpec } from '../../protocols/task.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** A byte on the line has a start and a stop bit. */
const BITS_PER_BYTE = 10;
/** Two delimiters and one byte of COBS, in a frame of under 254 bytes. */
const STUFFING_BYTES = 3;
/** ` -12.3456,` */
const CSV_VALUE_BYTES = 9;
const CSV_TIME_BYTES = 11;
/** A line that is full loses bytes at every hiccup. */
const COMFORTABLE_SHARE = 0.7;
/** Rows that a frame holds when the firmware waits for a few. */
const ROWS_OF_A_FULL_FRAME = 10;

/** Bytes a second that a way of writing takes on the line. */
interface Writing {
  readonly name: string;
  readonly bytesPerS: number;
}

/** What a board must send for a task, in the ways that it can, from the most wasteful on. */
export function writings(task: TaskSpec): Writing[] {
  const channels = task.input.channels.length;
  const rowsPerS = isRateTask(task)
    ? (task.input.boardRateHz ?? task.input.rateHz)
    : 1000 / (task.window.hopMs ?? 1000);
  const frame = (rows: number) =>
    HEADER_BYTES + SAMPLES_HEADER_BYTES + CRC_BYTES + STUFFING_BYTES + rows * channels * SAMPLE_BYTES.float32;
  return [
    { name: 'CSV lines', bytesPerS: rowsPerS * (CSV_TIME_BYTES + channels * CSV_VALUE_BYTES) },
    { name: 'frames of one row', bytesPerS: rowsPerS * frame(1) },
    {
      name: `frames of ${ROWS_OF_A_FULL_FRAME} rows`,
      bytesPerS: (rowsPerS * frame(ROWS_OF_A_FULL_FRAME)) / ROWS_OF_A_FULL_FRAME,
    },
  ].sort((a, b) => b.bytesPerS - a.bytesPerS);
}

/** Whether a serial line is fast enough for what the task reads. */
export function linkBudget(port: string, baudRate: number, task: TaskSpec): Finding {
  const capacity = baudRate / BITS_PER_BYTE;
  const ways = writings(task);
  const share = ({ bytesPerS }: Writing): number => bytesPerS / capacity;
  const fitting = ways.filter((way) => share(way) <= COMFORTABLE_SHARE);
  const told = (way: Writing) => `${way.name} take ${Math.round(share(way) * 100)} %`;
  const line = `${port} at ${baudRate} baud carries ${capacity} bytes/s`;
  const worst = ways[0]!;
  const best = ways.at(-1)!;
  if (fitting.length === ways.length) return ok('link', `${line}: ${told(worst)} for ${task.name}`);
  const faster = 'set a higher baudRate, here and in the firmware (921600 is usual on USB)';
  if (fitting.length === 0) return fail('link', `${line}: even ${told(best)} for ${task.name}`, faster);
  return warn(
    'link',
    `${line}: ${told(worst)}, ${told(fitting[0]!)} for ${task.name}`,
    `send ${fitting[0]!.name}, or ${faster}`,
  );
}
