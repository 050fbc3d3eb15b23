import { distinctUntilChanged, filter, from, interval, map, NEVER, type Observable } from 'rxjs';
import type { Brain } from '../pipeline/brain.ts';
import type { Meter } from '../pipeline/meter.ts';
import { TinyError } from '../protocols/errors.ts';

const LOOK_EVERY_MS = 1000;

/** A line for the log whenever the model has failed on further windows. */
export const modelFailures = (meter: Meter): Observable<string> =>
  interval(LOOK_EVERY_MS).pipe(
    map(() => meter.failed),
    distinctUntilChanged(),
    filter((failed) => failed > 0),
    map((failed) => `the model failed, on ${failed} windows by now: ${meter.lastFailure}`),
  );

/** A line for the log whenever further windows could not be answered in time. */
export const missedWindows = (meter: Meter, deadlineMs: number | undefined): Observable<string> =>
  interval(LOOK_EVERY_MS).pipe(
    map(() => meter.missed),
    distinctUntilChanged(),
    filter((missed) => missed > 0),
    map(
      (missed) =>
        `the model cannot answer all windows within ${deadlineMs} ms: ${missed} given up by now; take a smaller variant, fewer boards or a later \`deadlineMs\``,
    ),
  );

/** Never emits; errors with a `TinyError` when the model has ended and can answer no more. */
export const modelEnd = ({ ended }: Brain): Observable<never> =>
  ended === undefined
    ? NEVER
    : from(ended).pipe(
        map((reason) => {
          throw new TinyError(
            `the model has ended: ${reason.message}`,
            'start the agent again; if it happens again, check the memory of this machine, and the bundle with `tinyllm verify --bundle DIR`',
            { cause: reason },
          );
        }),
      );
