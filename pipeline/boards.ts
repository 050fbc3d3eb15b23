import { filter, type GroupedObservable, groupBy, NEVER, type Observable, type OperatorFunction } from 'rxjs';

/**
 * What comes of each board as a stream of its own, which ends when the board is released, its memory with it. When the
 * board comes again, so does a new stream.
 */
export const byBoard = <T extends { readonly board: string }>(
  released$: Observable<string> = NEVER,
): OperatorFunction<T, GroupedObservable<string, T>> =>
  groupBy(({ board }: T) => board, {
    duration: ({ key }) => released$.pipe(filter((board) => board === key)),
  });
