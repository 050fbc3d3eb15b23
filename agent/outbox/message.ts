/** What must reach the broker, however long it is away. QoS 1. */
export interface OutboxMessage {
  readonly topic: string;
  /** JSON. If it has a key `replayed`, that is set to true when the message goes late. */
  readonly payload: string;
  /** `newest`: the broker keeps the newest message of the topic. `never`: who was not there does not hear of it. */
  readonly retain: 'newest' | 'never';
}

/** A message in the outbox. */
export interface OutboxEntry {
  /** Counts up in the order in which messages were put, from one start of the agent to the next. */
  readonly seq: number;
  /** When it was put: epoch milliseconds by this machine's clock. */
  readonly madeMs: number;
  readonly message: OutboxMessage;
}

/** The payload of a message that goes late. */
export function latePayload({ payload }: OutboxMessage): string {
  const value: unknown = JSON.parse(payload);
  const tells = typeof value === 'object' && value !== null && 'replayed' in value;
  return tells ? JSON.stringify({ ...value, replayed: true }) : payload;
}
