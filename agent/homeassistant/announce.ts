import { type Observable, Subscription } from 'rxjs';
import type { MqttLink } from '../mqtt/client.ts';

export interface AnnounceOptions {
  readonly topicOf: (board: string) => string;
  readonly describe: (board: string) => object;
  /** Boards that are there. */
  readonly boards$: Observable<string>;
  /** Boards of which another agent tells from now on. */
  readonly released$: Observable<string>;
  /** Boards that are gone for good, as far as anybody can tell. */
  readonly forgotten$: Observable<string>;
}

/**
 * Keeps the descriptions of boards where Home Assistant looks for them, retained: it may start after us. At every
 * connection all of them are told again, since the broker may have lost them; an empty one removes a device.
 */
export function announceBoards(
  link: Pick<MqttLink, 'publish' | 'connected$'>,
  { topicOf, describe, boards$, released$, forgotten$ }: AnnounceOptions,
): Subscription {
  const described = new Set<string>();
  const retain = (board: string, payload: string) => link.publish(topicOf(board), payload, { retain: true });
  const tell = (board: string) => retain(board, JSON.stringify(describe(board)));
  const announcing = new Subscription();
  announcing.add(
    link.connected$.subscribe((connected) => {
      if (connected) for (const board of described) tell(board);
    }),
  );
  const onEach = (them$: Observable<string>, act: (board: string) => void) =>
    announcing.add(them$.subscribe({ next: act, error: () => {} }));
  onEach(boards$, (board) => {
    described.add(board);
    tell(board);
  });
  onEach(released$, (board) => void described.delete(board));
  onEach(forgotten$, (board) => {
    described.delete(board);
    retain(board, '');
  });
  return announcing;
}
