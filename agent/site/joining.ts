import { distinctUntilChanged, map, type Observable, of, scan, startWith, switchMap, timer } from 'rxjs';

/** By then the broker has told who else is there. */
const FIRST_MS = 500;
const CAP_MS = 60_000;
/** A connection lost longer ago says nothing about the present one. */
const LATELY_MS = 120_000;

/** How long to stay connected before taking boards from others, who hold them steadily. */
export const holdBackMs = (lossesLately: number): number => Math.min(CAP_MS, FIRST_MS * 2 ** lossesLately);

interface Line {
  readonly connected: boolean;
  /** When the connection was lost, of the last two minutes. */
  readonly lossesMs: readonly number[];
}

/**
 * Whether an agent takes part. It leaves at once when its connection is lost, and joins half a second after it has one:
 * twice as long for every loss of late, so that a bad line does not pull the boards to and fro. The agent itself waits,
 * not those who watch it: all of them see it join at the same message.
 *
 * @param nowMs a clock that only goes forward
 */
export const joined = (
  connected$: Observable<boolean>,
  nowMs: () => number = () => performance.now(),
): Observable<boolean> =>
  connected$.pipe(
    scan(
      ({ connected: was, lossesMs }: Line, connected): Line => {
        const now = nowMs();
        const lately = lossesMs.filter((lossMs) => now - lossMs < LATELY_MS);
        return { connected, lossesMs: was && !connected ? [...lately, now] : lately };
      },
      { connected: false, lossesMs: [] },
    ),
    switchMap(({ connected, lossesMs }) =>
      connected
        ? timer(holdBackMs(lossesMs.length)).pipe(
            map(() => true),
            startWith(false),
          )
        : of(false),
    ),
    distinctUntilChanged(),
  );
