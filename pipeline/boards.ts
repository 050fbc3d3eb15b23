import {
  filter,
  type GroupedObservable,
  groupBy,
  type MonoTypeOperatorFunction,
  NEVER,
  Observable,
  type OperatorFunction,
} from 'rxjs';

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

/** Of what comes of each board the first so many, and as many again after the board was released. The rest costs a look. */
export const firstOfEach =
  <T extends { readonly board: string }>(
    count: number,
    released$: Observable<string> = NEVER,
  ): MonoTypeOperatorFunction<T> =>
  (all$) =>
    new Observable((subscriber) => {
      const seen = new Map<string, number>();
      subscriber.add(released$.subscribe((board) => seen.delete(board)));
      return all$.subscribe({
        next: (one) => {
          const before = seen.get(one.board) ?? 0;
          if (before === count) return;
          seen.set(one.board, before + 1);
          subscriber.next(one);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
