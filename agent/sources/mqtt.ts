import { identity, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { PayloadReader } from '../../firmware-bridge/payload-reader.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import type { Topics } from '../../protocols/topics.ts';
import type { MqttLink, MqttMessage } from '../mqtt/client.ts';
import { eachOf } from './each-of.ts';
import { KnownBoards } from './known-boards.ts';
import { type Door, letIn } from './let-in.ts';

export interface MqttSourceOptions extends Door {
  readonly topics: Topics;
  /** Of all messages, those which this agent answers; all of them when absent. */
  readonly mine?: MonoTypeOperatorFunction<MqttMessage>;
  /** Keeps what binary frames need to be read, and counts them. */
  readonly payloads?: PayloadReader;
}

/** What the boards of a site publish: the good readings; the rest is counted. */
export const mqttReadings = (
  link: Pick<MqttLink, 'messages$'>,
  options: MqttSourceOptions,
): Observable<SensorReading> => {
  const { payloads = new PayloadReader() } = options;
  const boards = new KnownBoards(options.topics);
  return link.messages$(options.topics.allReadings).pipe(
    options.mine ?? identity,
    eachOf((message) => readingsOf(message, boards, payloads, options)),
  );
};

function readingsOf(
  { topic, payload, retained, arrivalMs }: MqttMessage,
  known: KnownBoards,
  payloads: PayloadReader,
  { topics, ...door }: MqttSourceOptions,
): readonly SensorReading[] {
  const { refusals } = door;
  const board = known.ofReadings(topic);
  if (board === undefined) {
    const name = topics.nameOnReadings(topic);
    refusals.add(topic, { reason: 'badBoardId', message: `"${name}" is no board id` });
    return [];
  }
  if (retained) {
    refusals.add(board, { reason: 'retained', message: 'a reading was kept by the broker from before' });
    return [];
  }
  const parsed = payloads.read(board, payload, arrivalMs);
  for (const refusal of parsed.refusals) refusals.add(board, refusal);
  return letIn(board, parsed.readings, door);
}
