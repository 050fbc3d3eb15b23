import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBrain, type TinyBrain } from '../../pipeline/tiny-brain.ts';
import type { Recording } from '../../protocols/recording.ts';
import { evaluateStreams } from '../../trainer/stream-evaluation.ts';
import { recordingsFrom } from '../../trainer/streams/recordings.ts';

let gesture: TinyBrain;
beforeAll(async () => {
  gesture = await loadBrain('models/gesture');
});
afterAll(() => gesture.close());

describe('whole recordings through the live pipeline', () => {
  it('gesture: five minutes of gestures and idle', async () => {
    const progress: [number, number][] = [];
    const stream = await recordingsFrom('recordings/gesture-stream.jsonl.gz', undefined);
    const { report, streams } = await evaluateStreams(gesture, stream, {
      onProgress: (...seconds) => void progress.push(seconds),
    });
    expect(progress).toEqual([
      [0, 300],
      [300, 300],
    ]);
    expect(report).toMatchObject({ recordings: 1, leftOut: 0, seconds: 300, coverage: 1, perGroup: null });
    expect(report.accuracy).toBeGreaterThan(0.95);
    expect(report.macroF1).toBeGreaterThan(0.95);
    // As many labels as the recording has; a window is 2 s, and opens after the hand has come near.
    expect(report.latencyS.changes).toBe(64);
    expect(report.latencyS.missed).toBeLessThanOrEqual(3);
    expect(report.latencyS.p50).toBeGreaterThan(1);
    expect(report.latencyS.p50).toBeLessThan(4);
    // One event for a gesture: next to none is missed, next to none made up.
    expect(report.episodes).toMatchObject({ truth: 64 });
    expect(report.episodes!.right).toBeGreaterThanOrEqual(61);
    expect(report.episodes!.told).toBeLessThanOrEqual(67);
    const right = streams[0]!.seconds.filter(({ truth, answer }) => truth === answer);
    expect(right.length / 300).toBeCloseTo(report.accuracy, 12);
  });

  it('follows the truth: with every gesture called another, next to none is right', async () => {
    const { recordings } = await recordingsFrom('recordings/gesture-stream.jsonl.gz', undefined);
    const renamed = { Tap: 'Hold', Hold: 'Double', Double: 'Tap' } as const;
    const [gestures] = recordings;
    const other: Recording = {
      ...gestures!,
      labels: gestures!.labels.map((span) => ({
        ...span,
        label: renamed[span.label as keyof typeof renamed],
      })),
    };
    const { report } = await evaluateStreams(gesture, { recordings: [other], leftOut: 0 });
    expect(report.confusion.rows.slice(0, 3).reduce((sum, row, i) => sum + row[i]!, 0)).toBeLessThan(10);
  });

  it('local: a room a sample, by session', async () => {
    const local = await loadBrain('models/local');
    try {
      const { report } = await evaluateStreams(
        local,
        await recordingsFrom('recordings/local-test.jsonl.gz', 'test'),
      );
      expect(report).toMatchObject({ recordings: 49, seconds: 49, coverage: 1, accuracy: 1, accuracyNow: 1 });
      expect(Object.values(report.perGroup!).reduce((sum, { n }) => sum + n, 0)).toBe(49);
    } finally {
      await local.close();
    }
  });

  it('refuses recordings of another sensor, and stops when told to', async () => {
    const rooms = await recordingsFrom('recordings/local-test.jsonl.gz', undefined);
    await expect(evaluateStreams(gesture, rooms)).rejects.toThrow(
      'has no proximity, which task gesture reads',
    );
    const stream = await recordingsFrom('recordings/gesture-stream.jsonl.gz', undefined);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(evaluateStreams(gesture, stream, { signal })).rejects.toThrow('enough');
  });
});
