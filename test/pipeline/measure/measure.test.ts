import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBundle, readGolden, rowsFromJson } from '../../../model/bundle.ts';
import { openModel } from '../../../model/open-model.ts';
import { ModelRuntime } from '../../../model/runtime/runtime.ts';
import { decodeTokensPerS, prefillTokensPerS, textLength } from '../../../pipeline/measure/generation.ts';
import { lastSampleLatency } from '../../../pipeline/measure/last-sample.ts';
import { type Subject, subjectOf } from '../../../pipeline/measure/subject.ts';
import { windowsPerS } from '../../../pipeline/measure/throughput.ts';
import { windowLatency } from '../../../pipeline/measure/window-latency.ts';
import { promptTokens } from '../../../protocols/prompt.ts';
import { promptWriter } from '../../../protocols/templates.ts';

const FEW = { warmUp: 1, runs: 4, patienceMs: 60_000 };
let subject: Subject;
let runtime: ModelRuntime;

beforeAll(async () => {
  subject = await subjectOf(await openBundle('models/gesture'));
  runtime = await ModelRuntime.start(subject.model);
});
afterAll(() => runtime.close());

it('takes the golden windows of a bundle, a piece for each row, which together are its prompt', async () => {
  const bundle = await openBundle('models/gesture');
  const writer = promptWriter(bundle.manifest.task, bundle.tokenizer);
  const rows = rowsFromJson((await readGolden(bundle))[0]!.rows);
  expect(subject.windows[0]).toHaveLength(rows.length);
  expect(subject.windows[0]!.flat()).toEqual(promptTokens(writer, rows));
});

it('takes a base as it is: it has no windows', async () => {
  const { model, windows } = await subjectOf(await openModel('models/foundation-small'), { threads: 2 });
  expect(windows).toEqual([]);
  expect(model).toMatchObject({ modelPath: 'models/foundation-small/model.int8.onnx', threads: 2 });
  expect(model.task).toBeUndefined();
});

describe('a model that serves', () => {
  it('reads and writes text', async () => {
    const { shape } = subject.model;
    expect(await prefillTokensPerS(runtime, shape, FEW)).toBeGreaterThan(0);
    expect(await decodeTokensPerS(runtime, shape, FEW)).toBeGreaterThan(0);
  });

  it('answers windows one by one, streamed, and for several boards at once', async () => {
    let runs = 0;
    const watcher = { onRun: () => void runs++ };
    const windowMs = await windowLatency(runtime, subject, FEW, watcher);
    expect(windowMs.p50).toBeGreaterThan(0);
    expect(windowMs.p95).toBeGreaterThanOrEqual(windowMs.p50);
    const lastSampleMs = await lastSampleLatency(runtime, subject, windowMs.p50, FEW, watcher);
    expect(lastSampleMs.p50).toBeGreaterThan(0);
    expect(await windowsPerS(runtime, subject, 8, { ...FEW, runs: 20 }, watcher)).toBeGreaterThan(0);
    expect(runs).toBe(4 + 4 + 20);
  });

  it('is left alone when the measurement is stopped', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const watcher = { signal: stop.signal, onRun: () => stop.abort(reason) };
    await expect(windowLatency(runtime, subject, FEW, watcher)).rejects.toBe(reason);
    await expect(windowsPerS(runtime, subject, 2, FEW, watcher)).rejects.toBe(reason);
  });
});

it('text is as long as the context leaves room for', () => {
  expect(textLength({ context: 1024 })).toEqual({ promptTokens: 256, newTokens: 64 });
  expect(textLength({ context: 101 })).toEqual({ promptTokens: 51, newTokens: 50 });
});
