import type { ErrorWithSubackPacket, ISubscriptionGrant, MqttClient, OnMessageCallback } from 'mqtt';
import { Observable } from 'rxjs';
import { TinyError } from '../../protocols/errors.ts';
import { topicMatcher } from './filters.ts';

export interface MqttMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** The broker kept it from before: it may be old. */
  readonly retained: boolean;
  /** Epoch milliseconds. */
  readonly arrivalMs: number;
}

/** From here on, what SUBACK grants is no QoS but a refusal (MQTT 3.1.1, section 3.9.3; MQTT 5, table 3-8). */
const REFUSED = 0x80;

/** Messages on the topics of a filter (QoS 1). One subscriber a filter: when it leaves, the filter is given up. */
export const messages = (client: MqttClient, filter: string): Observable<MqttMessage> =>
  new Observable((subscriber) => {
    const matches = topicMatcher(filter);
    const onMessage: OnMessageCallback = (topic, payload, { retain }) => {
      if (matches(topic)) {
        subscriber.next({ topic, payload, retained: retain, arrivalMs: Date.now() });
      }
    };
    client.on('message', onMessage);
    client.subscribe(filter, { qos: 1 }, (error, granted) => {
      if (isRefused(error, granted)) {
        subscriber.error(
          new TinyError(
            `the broker does not let us subscribe to ${filter}`,
            'give the user of the agent the right to read and write below tinyllm/<site>/ in the broker',
            { cause: error },
          ),
        );
      }
      // Any other error is a lost connection: MQTT.js subscribes again at the next one.
    });
    return () => {
      client.off('message', onMessage);
      if (client.connected) client.unsubscribe(filter);
    };
  });

function isRefused(error: Error | null, granted: readonly ISubscriptionGrant[] | undefined): boolean {
  const packet = (error as ErrorWithSubackPacket | null)?.packet;
  const codes = [...(granted ?? []).map(({ qos }) => qos), ...(packet?.granted ?? []).map(Number)];
  return codes.some((code) => code >= REFUSED);
}
