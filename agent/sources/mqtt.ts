import { identity, type MonoTypeOperatorFunction, mergeMap, type Observable } from 'rxjs';
import { parseReadings, type Refusal, type SensorReading } from '../../protocols/reading.ts';
import type { Topics } from '../../protocols/topics.ts';
import type { BoardLimit } from '../board-limit.ts';
import type { Admission } from '../config.ts';
import type { MqttLink, MqttMessage } from '../mqtt/client.ts';
import type { Refusals } from '../refusals.ts';

export interface MqttSourceOptions {
  readonly topics: Topics;
  readonly admission: Admission;
  /** Told of everything that is not let through. */
  readonly refusals: Refusals;
  readonly boards: BoardLimit;
  /** Of all messages, those which this agent answers; all of them when absent. */
  readonly mine?: MonoTypeOperatorFunction<MqttMessage>;
}

/** What the boards of a site publish: the good readings; the rest is counted. */
export const mqttReadings = (
  link: Pick<MqttLink, 'messages$'>,
  options: MqttSourceOptions,
): Observable<SensorReading> =>
  link.messages$(options.topics.allReadings).pipe(
    options.mine ?? identity,
    mergeMap((message) => readingsOf(message, options)),
  );

function readingsOf(
  { topic, payload, retained, arrivalMs }: MqttMessage,
  { topics, admission, refusals, boards }: MqttSourceOptions,
): SensorReading[] {
  const board = topics.boardOfReadings(topic);
  if (board === undefined) {
    const name = topics.nameOnReadings(topic);
    refusals.add(topic, { reason: 'badBoardId', message: `"${name}" is no board id` });
    return [];
  }
  if (retained) {
    refusals.add(board, { reason: 'retained', message: 'a reading was kept by the broker from before' });
    return [];
  }
  const parsed = parseReadings(board, payload, arrivalMs);
  for (const refusal of parsed.refusals) refusals.add(board, refusal);
  const readings = parsed.readings.filter((reading) => {
    const refusal = judgeTime(reading, admission);
    if (refusal) refusals.add(board, refusal);
    return refusal === undefined;
  });
  if (readings.length === 0 || boards.admits(board)) return readings;
  // One line for all of them: there may be no end to their names.
  refusals.add('further boards', {
    reason: 'tooManyBoards',
    message: 'too many boards have been here already',
  });
  return [];
}

/** A reading's own time must lie near its arrival: one from the future would make everything after it late. */
function judgeTime(
  { timeUs, arrivalMs }: SensorReading,
  { futureToleranceMs, pastToleranceMs }: Admission,
): Refusal | undefined {
  const aheadMs = timeUs / 1000 - arrivalMs;
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1);
  if (aheadMs > futureToleranceMs) {
    return { reason: 'future', message: `a reading is ${seconds} s ahead of this machine's clock` };
  }
  if (-aheadMs > pastToleranceMs) return { reason: 'past', message: `a reading is ${seconds} s old` };
  return undefined;
}
