import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEMO_SETS, type DemoTask, demoRecordings } from '../../agent/demo/sets.ts';
import { demoStream } from '../../firmware-bridge/virtual-board.ts';
import { openBundle } from '../../model/bundle.ts';
import { promptTokens } from '../../protocols/prompt.ts';
import { parseReadings, type SensorReading } from '../../protocols/reading.ts';
import { type Recording, readingsOf } from '../../protocols/recording.ts';
import { promptWriter } from '../../protocols/templates.ts';
import { cutWindow, Windower } from '../../protocols/windower.ts';
import { closedWindows, eventsOf } from '../protocols/examples.ts';
import { REPOSITORY } from '../tools.ts';

const START_US = 1_795_392_000_000_000;

/*
 * A recording replayed live, as JSON on its way through MQTT, gives byte for byte the prompts that training
 * would cut from it: with the shipped bundles' own tasks, quantisers and tokenizers, on the demo's streams.
 */
describe.each<DemoTask>(['gesture', 'local'])('the shipped bundle %s', (task) => {
  it('reads a replayed recording as it was trained to', async () => {
    const { manifest, tokenizer } = await openBundle(join(REPOSITORY, 'models', task));
    const writer = promptWriter(manifest.task, tokenizer);
    const { style } = DEMO_SETS[task];
    const stream = demoStream(await demoRecordings(task), {
      seed: 7,
      startUs: START_US,
      durationMs: 120_000,
      style,
    });
    const recording = recorded([...stream.readings]);

    const windower = new Windower(manifest.task.spec);
    const windows = closedWindows(eventsOf(windower, overTheWire(recording)));
    expect(windows.length).toBeGreaterThan(10);
    for (const { startUs, rows } of windows) {
      const trained = cutWindow(manifest.task.spec, recording, startUs)!;
      const tokens = promptTokens(writer, rows);
      expect(promptTokens(writer, trained.rows)).toEqual(tokens);
      expect(tokenizer.encode(writer.text(trained.rows))).toEqual([...writer.prefix, ...tokens]);
    }
  });
});

/** Every reading as a message of its own. */
function* overTheWire(recording: Recording): Generator<SensorReading> {
  for (const { board, timeUs, arrivalMs, values } of readingsOf(recording)) {
    const payload = new TextEncoder().encode(JSON.stringify({ t: timeUs, v: values }));
    yield* parseReadings(board, payload, arrivalMs).readings;
  }
}

/** What `record` would have kept of a stream. */
function recorded(readings: readonly SensorReading[]): Recording {
  const channels = Object.keys(readings[0]!.values);
  return {
    id: 'demo',
    board: readings[0]!.board,
    channels,
    rateHz: 25,
    nominalRate: true,
    timesUs: Float64Array.from(readings, ({ timeUs }) => timeUs),
    values: Float64Array.from(readings.flatMap(({ values }) => channels.map((c) => values[c] ?? Number.NaN))),
    labels: [],
  };
}
