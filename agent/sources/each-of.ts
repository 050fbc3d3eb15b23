import { Observable, type OperatorFunction } from 'rxjs';

/** What `mergeMap` does with lists that are there at once, without a subscription for each: thousands come in a second. */
export const eachOf =
  <From, To>(list: (from: From) => readonly To[]): OperatorFunction<From, To> =>
  (source$) =>
    new Observable((subscriber) =>
      source$.subscribe({
        next: (from) => {
          for (const one of list(from)) subscriber.next(one);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
