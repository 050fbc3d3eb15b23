import { BehaviorSubject } from 'rxjs';
import type { OutgoingMessage } from '../../../agent/mqtt/outgoing.ts';

/** A connection to a broker, of which the test says when it is there and what it acknowledges. */
export class Wire {
  readonly connected$ = new BehaviorSubject(false);
  /** Everything that was sent, oldest first. */
  readonly sent: OutgoingMessage[] = [];
  /** Whether messages are acknowledged at once. */
  acknowledges = true;
  /** What a send fails with, if at all. */
  refusal: Error | undefined;
  #open: { resolve: () => void; reject: (error: Error) => void }[] = [];

  get connected(): boolean {
    return this.connected$.value;
  }

  get payloads(): unknown[] {
    return this.sent.map(({ payload }) => JSON.parse(String(payload)) as unknown);
  }

  readonly send = async (message: OutgoingMessage): Promise<void> => {
    if (!this.connected) throw new Error('not connected');
    this.sent.push(message);
    if (this.refusal) throw this.refusal;
    if (!this.acknowledges)
      await new Promise<void>((resolve, reject) => this.#open.push({ resolve, reject }));
  };

  connect(): void {
    this.connected$.next(true);
  }

  /** The broker has what was sent and not acknowledged. */
  acknowledge(count = Number.POSITIVE_INFINITY): void {
    for (const { resolve } of this.#open.splice(0, count)) resolve();
  }

  /** What was sent and not acknowledged is lost with the connection. */
  cut(): void {
    this.connected$.next(false);
    for (const { reject } of this.#open.splice(0)) reject(new Error('Connection closed'));
  }
}
