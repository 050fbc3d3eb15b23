import fc from 'fast-check';
import { from, lastValueFrom, Subject, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { firstOfEach } from '../../pipeline/boards.ts';
import type { Brain } from '../../pipeline/brain.ts';
import { every } from '../../pipeline/load.ts';
import { Meter } from '../../pipeline/meter.ts';
import { type BoardPrediction, predictions } from '../../pipeline/predictions.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import type { Row } from '../../protocols/window.ts';
import { at, fitted, rateTask } from '../protocols/examples.ts';
import { settled } from './deferred-brain.ts';

/** Answers with what it was given: the values of the window's rows. Knows how many windows are open. */
class EchoBrain implements Brain {
  readonly task = fitted(
    rateTask({ input: { channels: [{ channel: 'light.red' }] }, window: { rows: 4, hopMs: 200 } }),
  );
  readonly model = 'echo';
  readonly bundleHash = 'ec40';
  openWindows = 0;

  open() {
    this.openWindows++;
    const rows: Row[] = [];
    return {
      push: (more: readonly Row[]) => void rows.push(...more),
      score: async () => {
        this.openWindows--;
        return { probs: Object.fromEntries(rows.map(([value], i) => [`row ${i}`, value!])) };
      },
      discard: () => void this.openWindows--,
    };
  }
}

const boards = ['kitchen', 'hall', 'wrist', 'door'];
const options = { agent: 'hub', nowMs: () => 0 };

const predicted = (readings: Iterable<SensorReading>): Promise<BoardPrediction[]> =>
  lastValueFrom(from(readings).pipe(predictions(new EchoBrain(), every(), new Meter(), options), toArray()));

/** What was told of one board, in order. */
const of = (board: string, made: readonly BoardPrediction[]) => made.filter((one) => one.board === board);

/** A stream of each board, and the order in which they are interleaved. */
const interleaved = fc
  .tuple(
    fc.tuple(
      ...boards.map((board, b) =>
        fc
          .array(fc.integer({ min: 0, max: 400 }), { maxLength: 40 })
          .map((values) => values.map((value, i) => at(b * 7e6 + i * 50, { 'light.red': value }, board))),
      ),
    ),
    fc.infiniteStream(fc.nat({ max: boards.length - 1 })),
  )
  .map(([streams, turns]) => {
    const left = streams.map((stream) => [...stream]);
    const mixed: SensorReading[] = [];
    for (const turn of turns) {
      const filled = left.filter((stream) => stream.length > 0);
      if (filled.length === 0) return { streams, mixed };
      mixed.push(filled[turn % filled.length]!.shift()!);
    }
    return { streams, mixed };
  });

it('the first of each board pass, and again those of one that was released', () => {
  const all$ = new Subject<{ board: string; n: number }>();
  const released$ = new Subject<string>();
  const passed: string[] = [];
  all$.pipe(firstOfEach(2, released$)).subscribe(({ board, n }) => passed.push(`${board}${n}`));
  for (const n of [1, 2, 3]) for (const board of ['a', 'b']) all$.next({ board, n });
  released$.next('b');
  for (const n of [4, 5, 6]) for (const board of ['a', 'b']) all$.next({ board, n });
  expect(passed).toEqual(['a1', 'b1', 'a2', 'b2', 'b4', 'b5']);
});

describe('boards', () => {
  it('are independent: each has the windows it would have alone, however their readings are mixed', async () => {
    await fc.assert(
      fc.asyncProperty(interleaved, async ({ streams, mixed }) => {
        const together = await predicted(mixed);
        for (const [b, stream] of streams.entries()) {
          expect(of(boards[b]!, together)).toEqual(await predicted(stream));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('leave nothing behind when they are released, and come back as if for the first time', async () => {
    const brain = new EchoBrain();
    const meter = new Meter();
    const readings$ = new Subject<SensorReading>();
    const released$ = new Subject<string>();
    const made: BoardPrediction[] = [];
    readings$
      .pipe(predictions(brain, every(), meter, { ...options, released$ }))
      .subscribe((prediction) => made.push(prediction));
    const send = (board: string, fromMs: number) => {
      for (let i = 0; i < 12; i++) readings$.next(at(fromMs + i * 50, { 'light.red': i }, board));
    };
    send('wrist', 0);
    send('hall', 0);
    readings$.next(at(350, { 'light.red': 1 }, 'wrist'));
    await settled();
    expect(meter.boards).toBe(2);
    const open = brain.openWindows;
    const { late } = meter.windowing;
    expect(late).toBe(1);

    released$.next('wrist');
    await settled();
    expect(meter.boards).toBe(1);
    expect(brain.openWindows).toBe(open / 2);
    expect(meter.windowing.late).toBe(late);

    const before = of('wrist', made);
    made.length = 0;
    // Its clock may stand elsewhere by now: that is no disorder.
    send('wrist', -50_000);
    released$.next('wrist');
    await settled();
    expect(meter.windowing).toMatchObject({ late, restarts: 0, outliers: 0 });
    const windowsOf = (some: readonly BoardPrediction[]) => some.map(({ prediction }) => prediction.probs);
    expect(windowsOf(of('wrist', made))).toEqual(windowsOf(before));
    readings$.complete();
  });

  it('that only ever speak once are freed one by one', async () => {
    const brain = new EchoBrain();
    const meter = new Meter();
    const readings$ = new Subject<SensorReading>();
    const released$ = new Subject<string>();
    readings$.pipe(predictions(brain, every(), meter, { ...options, released$ })).subscribe();
    for (let i = 0; i < 5000; i++) {
      readings$.next(at(i, { 'light.red': 1 }, `board-${i}`));
      if (i >= 10) released$.next(`board-${i - 10}`);
      expect(meter.boards).toBeLessThanOrEqual(11);
      expect(brain.openWindows).toBeLessThanOrEqual(11);
    }
    readings$.complete();
    await settled();
    expect(brain.openWindows).toBe(0);
  });
});
