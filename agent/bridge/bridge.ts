import { finalize, type Observable, takeUntil } from 'rxjs';
import type { ReaderEvent } from '../../firmware-bridge/ports/port-reader.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import { isBoardId, type Topics } from '../../protocols/topics.ts';
import type { OutboxMessage } from '../outbox/message.ts';

export interface BridgeOptions {
  readonly topics: Topics;
  /** Takes the messages, in the order of each board. */
  readonly put: (message: OutboxMessage) => void;
  /** Told of what the port says besides readings. */
  readonly tell: (event: ReaderEvent) => void;
  /** Counts while it goes. */
  readonly tally: BridgeTally;
  readonly stop$: Observable<unknown>;
}

/** What went over the bridge. What was lost on either side of it is counted by the port and by the outbox. */
export interface BridgeTally {
  readonly boards: Set<string>;
  readings: number;
  messages: number;
  /** Refused values, and readings of nobody. */
  refused: number;
}

export const nothingBridged = (): BridgeTally => ({
  boards: new Set(),
  readings: 0,
  messages: 0,
  refused: 0,
});

/** Readings wait so long for others to share a message with: a hundredth of a window, and a tenth of the messages. */
const FLUSH_EVERY_MS = 50;
/** A message holds no more: far below what a payload may have, even with 64 channels. */
const MAX_READINGS_PER_MESSAGE = 200;

/** Forward what boards at a port measure to the topics on which they would publish themselves, until `stop$`. */
export function bridge(
  events$: Observable<ReaderEvent>,
  { topics, put, tell, tally, stop$ }: BridgeOptions,
): Promise<void> {
  const waiting = new Map<string, SensorReading[]>();
  const flush = (board: string): void => {
    const readings = waiting.get(board) ?? [];
    waiting.delete(board);
    if (readings.length === 0) return;
    tally.messages++;
    put({ topic: topics.readings(board), payload: payloadOf(readings), retain: 'never' });
  };
  const timer = setInterval(() => {
    for (const board of [...waiting.keys()]) flush(board);
  }, FLUSH_EVERY_MS);
  let unnumbered = 0;
  const forward = (board: string, readings: readonly SensorReading[]): void => {
    tally.boards.add(board);
    tally.readings += readings.length;
    for (const reading of readings) {
      const batch = waiting.get(board) ?? [];
      // Numbered here where the board does not: who gets a message twice, as QoS 1 may have it, counts its readings once.
      batch.push({ ...reading, seq: reading.seq ?? unnumbered++ >>> 0 });
      waiting.set(board, batch);
      if (batch.length >= MAX_READINGS_PER_MESSAGE) flush(board);
    }
  };
  return events$
    .pipe(
      takeUntil(stop$),
      finalize(() => {
        clearInterval(timer);
        for (const board of [...waiting.keys()]) flush(board);
      }),
    )
    .forEach((event) => {
      if (event.kind === 'readings' && isBoardId(event.board)) forward(event.board, event.readings);
      else if (event.kind === 'readings') tally.refused += event.readings.length;
      else if (event.kind === 'refused') tally.refused++;
      tell(event);
    });
}

/** With the times of this machine: whoever reads it knows nothing of the board's clock. */
const payloadOf = (readings: readonly SensorReading[]): string =>
  JSON.stringify(readings.map(({ timeUs, seq, values }) => ({ t: timeUs, seq, v: values })));
