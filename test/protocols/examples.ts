import type { SensorReading } from '../../protocols/reading.ts';
import type { Recording } from '../../protocols/recording.ts';
import { type FittedTask, parseTaskSpec, type TaskSpec } from '../../protocols/task.ts';
import type { Row, SensorWindow, WindowEvent } from '../../protocols/window.ts';
import { Windower } from '../../protocols/windower.ts';

/** 2026-11-23, as a board would stamp it: large enough that a rounding error in microseconds shows. */
export const START_US = 1_795_392_000_000_000;

/** What a task file may say differently from `rateTask`, by the names of `TaskSpec`. */
interface Changes {
  readonly input?: Record<string, unknown>;
  readonly window?: Record<string, unknown>;
  readonly instruction?: string;
}

/** A window of 4 steps of 100 ms over two light channels, hopping by 400 ms. */
export const rateTask = ({ input, window, instruction }: Changes = {}): TaskSpec =>
  parseTaskSpec(
    {
      name: 'example',
      instruction: instruction ?? 'Which gesture?',
      input: {
        kind: 'rate',
        rateHz: 10,
        maxGapMs: 250,
        channels: [{ channel: 'light.red' }, { channel: 'proximity', reduce: 'last', missing: 'mark' }],
        ...input,
      },
      window: window ?? { rows: 4, hopMs: 400 },
      answers: { kind: 'labels', labels: ['Tap', 'Double', 'Hold'] },
    },
    'example',
  );

/** A snapshot of two anchors each second. */
export const snapshotTask = ({ input, window }: Changes = {}): TaskSpec =>
  parseTaskSpec(
    {
      name: 'example-room',
      instruction: 'Which room?',
      input: {
        kind: 'snapshot',
        maxAgeMs: 3000,
        channels: [{ channel: 'rssi.a', missing: 'mark' }, { channel: 'rssi.b' }],
        ...input,
      },
      window: window ?? { rows: 1, hopMs: 1000 },
      answers: { kind: 'labels', labels: ['kitchen', 'hall'] },
    },
    'example-room',
  );

/** A task with 40 levels a channel, evenly spaced over [low, high]; channel c writes 40c .. 40c + 39. */
export const fitted = (
  spec: TaskSpec,
  { low = 0, high = 400, template = 'stream' as FittedTask['template'], unknownThreshold = 0 } = {},
): FittedTask => ({
  spec,
  template,
  quantisers: spec.input.channels.map(({ channel }, c) => ({
    channel,
    firstNumber: 40 * c,
    edges: Array.from({ length: 39 }, (_, i) => low + ((i + 1) * (high - low)) / 40),
  })),
  missingText: ' ?',
  unknownThreshold,
  classPrior: {},
});

/** A reading `ms` after `START_US`, which arrives at once. */
export const at = (ms: number, values: Record<string, number>, board = 'desk'): SensorReading => {
  const timeUs = START_US + Math.round(ms * 1000);
  return { board, timeUs, arrivalMs: timeUs / 1000, values };
};

export const recordingOf = (
  channels: readonly string[],
  rows: readonly (readonly [ms: number, ...values: number[]])[],
  changes: Partial<Recording> = {},
): Recording => ({
  id: 'example-1',
  board: 'desk',
  channels,
  rateHz: 10,
  nominalRate: false,
  timesUs: Float64Array.from(rows, ([ms]) => START_US + Math.round(ms * 1000)),
  values: Float64Array.from(rows.flatMap(([, ...values]) => values)),
  labels: [],
  ...changes,
});

/** Everything a windower says about some readings. */
export const eventsOf = (windower: Windower, readings: Iterable<SensorReading>): WindowEvent[] =>
  [...readings].flatMap((reading) => [...windower.add(reading)]);

/** The closed windows among some events: the fold that `SensorWindow` is. */
export function closedWindows(events: Iterable<WindowEvent>): SensorWindow[] {
  const rowsOf = new Map<number, Row[]>();
  const closed: SensorWindow[] = [];
  for (const event of events) {
    if (event.type === 'opened') rowsOf.set(event.window, []);
    else if (event.type === 'step') rowsOf.get(event.window)!.push(event.row);
    else if (event.type === 'closed') {
      const { startUs, endUs, fill, jitterMs } = event;
      const rows = rowsOf.get(event.window)!;
      closed.push({ startUs, endUs, fill, ...(jitterMs !== undefined && { jitterMs }), rows });
    }
  }
  return closed;
}

/** The windows of a task over some readings, as plain numbers from `START_US`. */
export const windowsOf = (task: TaskSpec, readings: Iterable<SensorReading>) =>
  closedWindows(eventsOf(new Windower(task), readings)).map(({ startUs, rows }) => ({
    startMs: (startUs - START_US) / 1000,
    rows: rows.map((row) => [...row]),
  }));
