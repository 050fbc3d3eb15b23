import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { BoardLimit } from '../../../agent/board-limit.ts';
import { type Log, type LogFields, silentLog } from '../../../agent/log.ts';
import type { MqttMessage } from '../../../agent/mqtt/client.ts';
import { RareLog } from '../../../agent/rare-log.ts';
import { Refusals } from '../../../agent/refusals.ts';
import { mqttReadings } from '../../../agent/sources/mqtt.ts';
import { UnsetClocks } from '../../../agent/sources/unset-clocks.ts';
import { FrameEncoder } from '../../../protocols/frames.ts';
import { Topics } from '../../../protocols/topics.ts';
import { SignBrain } from '../sign-brain.ts';

const { spec } = new SignBrain().task;
const topics = new Topics('lab');
const admission = { futureToleranceMs: 2000, pastToleranceMs: 600_000 };
const NOW_MS = 1_700_000_000_000;

const message = (payload: unknown, changes: Partial<MqttMessage> = {}): MqttMessage => ({
  topic: topics.readings('wrist-01'),
  payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
  retained: false,
  arrivalMs: NOW_MS,
  ...changes,
});

async function take(...received: MqttMessage[]) {
  const boards = new BoardLimit(2);
  const clocks = new UnsetClocks(new RareLog(silentLog));
  const refusals = new Refusals(new RareLog(silentLog), spec);
  const link = { messages$: () => from(received) };
  const readings = await lastValueFrom(
    mqttReadings(link, { topics, admission, refusals, boards, clocks }).pipe(toArray()),
  );
  return { values: readings.map(({ values }) => values), readings, refused: refusals.counts };
}

/** What the log says of these messages. */
async function warnings(...received: MqttMessage[]): Promise<string[]> {
  const lines: string[] = [];
  const boards = new BoardLimit(2);
  const refusals = new Refusals(new RareLog({ ...silentLog, warn: (text) => void lines.push(text) }), spec);
  const link = { messages$: () => from(received) };
  const clocks = new UnsetClocks(new RareLog(silentLog));
  await lastValueFrom(mqttReadings(link, { topics, admission, refusals, boards, clocks }).pipe(toArray()));
  return lines;
}

const atMs = (ms: number) => ({ t: (NOW_MS + ms) * 1000, v: { 'accel.x': ms } });

describe('readings from MQTT', () => {
  it.each([
    ['malformed', '{"v": '],
    ['malformed', { acceleration: 1 }],
    ['unknownChannel', { v: { 'acel.x': 1 } }],
    ['notFinite', { v: { 'accel.x': null } }],
    ['notFinite', '{"v": {"accel.x": 1e999}}'],
    ['wrongUnit', { v: { 'accel.x': 1 }, units: { 'accel.x': 'furlong' } }],
    ['future', atMs(2001)],
    ['past', atMs(-600_001)],
  ])('counts what is %s, and lets good readings beside it pass', async (reason, bad) => {
    const good = { v: { 'accel.x': 1 } };
    const text = typeof bad === 'string' ? bad : JSON.stringify(bad);
    const isWhole = text.endsWith('}');
    const { values, refused } = isWhole
      ? await take(message(`[${JSON.stringify(good)}, ${text}]`))
      : await take(message(good), message(text));
    expect(values).toEqual([{ 'accel.x': 1 }]);
    expect(refused).toEqual({ [reason]: 1 });
  });

  it('keeps the good values of a reading', async () => {
    const { values, refused } = await take(message({ v: { 'accel.x': 1, 'accel.y': null, nose: 3 } }));
    expect(values).toEqual([{ 'accel.x': 1 }]);
    expect(refused).toEqual({ notFinite: 1, unknownChannel: 1 });
  });

  it('takes times within the tolerance as they are, and the time of arrival where there is none', async () => {
    const { readings } = await take(message([atMs(2000), atMs(-600_000), { v: { 'accel.x': 0 } }]));
    expect(readings.map(({ timeUs }) => timeUs / 1000 - NOW_MS)).toEqual([2000, -600_000, 0]);
  });

  it('judges each row of a batch by its own time', async () => {
    const batch = { t0: NOW_MS * 1000, rateHz: 1, channels: ['accel.x'], rows: [[0], [1], [2], [3], [4]] };
    const { values, refused } = await take(message(batch));
    expect(values).toEqual([{ 'accel.x': 0 }, { 'accel.x': 1 }, { 'accel.x': 2 }]);
    expect(refused).toEqual({ future: 2 });
  });

  it('refuses what the broker kept from before, and boards without a proper name', async () => {
    const good = { v: { 'accel.x': 1 } };
    const { values, refused } = await take(
      message(good, { retained: true }),
      message(good, { topic: topics.readings('bridge') }),
      message(good, { topic: topics.readings('Wrist 1') }),
    );
    expect(values).toEqual([]);
    expect(refused).toEqual({ retained: 1, badBoardId: 2 });
  });
});

describe('binary frames', () => {
  const board = (name: string) =>
    new FrameEncoder(
      {
        board: name,
        firmware: '',
        rateHz: 10,
        encoding: 'float32',
        clock: 'epoch',
        channels: [{ name: 'accel.x', unit: 'm/s2', scale: 1 }],
      },
      1,
    );
  const frame = (payload: Uint8Array) => message('', { payload: Buffer.from(payload) });
  const nowUs = NOW_MS * 1000;

  it('are read as soon as their board has introduced itself, and judged like JSON', async () => {
    const wrist = board('wrist-01');
    const early = frame(wrist.samples({ timeUs: nowUs, rows: [[1]] }));
    const hello = frame(wrist.hello(nowUs));
    const later = frame(wrist.samples({ timeUs: nowUs + 1.5e6, periodUs: 1e6, rows: [[2], [3]] }));
    const { values, refused } = await take(early, hello, later, message({ v: { 'accel.x': 4 } }));
    expect(values).toEqual([{ 'accel.x': 1 }, { 'accel.x': 2 }, { 'accel.x': 4 }]);
    expect(refused).toEqual({ future: 1 });
  });

  it('are refused when they are damaged, or say that they are from another board', async () => {
    const good = board('wrist-01').hello(nowUs);
    const { values, refused } = await take(
      frame(good.subarray(1)),
      frame(good.subarray(0, -1)),
      frame(board('desk').hello(nowUs)),
    );
    expect(values).toEqual([]);
    expect(refused).toEqual({ malformed: 3 });
  });

  it('that come twice count once', async () => {
    const wrist = board('wrist-01');
    const hello = frame(wrist.hello(nowUs));
    const samples = frame(wrist.samples({ timeUs: nowUs, rows: [[1]] }));
    const { values } = await take(hello, samples, samples);
    expect(values).toEqual([{ 'accel.x': 1 }]);
  });
});

describe('boards', () => {
  const from = (board: string, payload: unknown = { v: { 'accel.x': 1 } }) =>
    message(payload, { topic: topics.readings(board) });

  it('are let in up to a limit; those that send nothing good do not count', async () => {
    const { readings, refused } = await take(
      from('noise', { v: 5 }),
      from('a'),
      from('b'),
      from('c'),
      from('d'),
      from('a'),
    );
    expect(readings.map(({ board }) => board)).toEqual(['a', 'b', 'a']);
    expect(refused).toEqual({ malformed: 1, tooManyBoards: 2 });
  });

  it('beyond it are named in one line for all', async () => {
    expect(await warnings(from('a'), from('b'), from('c'), from('d'))).toEqual([
      expect.stringMatching(/^further boards: too many boards .*; boards that are silent make room/),
    ]);
  });
});

describe('refusals', () => {
  it('are logged with the fix: the first of each board and reason, then one line a minute', () => {
    const lines: [string, LogFields | undefined][] = [];
    const log: Log = { ...silentLog, warn: (text, fields) => void lines.push([text, fields]) };
    let nowMs = 0;
    const refusals = new Refusals(new RareLog(log, () => nowMs), spec);
    for (let i = 0; i < 600; i++, nowMs += 200) {
      const refusal = { reason: 'future', message: `a reading is ${i}.5 s ahead` } as const;
      refusals.add('wrist-01', refusal);
      refusals.add('wrist-02', refusal);
    }
    expect(refusals.counts).toEqual({ future: 1200 });
    expect(lines).toHaveLength(4);
    expect(lines[0]).toEqual([
      'wrist-01: a reading is 0.5 s ahead; set the board\'s clock, or leave "t" out to use the time of arrival',
      { reason: 'future' },
    ]);
    expect(lines[2]).toEqual([expect.stringMatching(/^wrist-01/), { reason: 'future', more: 299 }]);
  });

  it.each([
    [{ v: { x: 1 } }, 'unknown channel "x" (did you mean accel.x?); sign reads accel.x'],
    [{ v: { 'Accel.x': 1 } }, 'unknown channel "Accel.x" (did you mean accel.x?); sign reads accel.x'],
    [{ v: { nose: 1 } }, 'unknown channel "nose"; sign reads accel.x'],
    ['{"v": ', 'payload is not JSON; send {"v": {"accel.x": 12}}, a batch'],
    [
      { ts: 1, v: {} },
      'unknown key "ts" (the time is "t", in microseconds since 1970); send {"v": {"accel.x"',
    ],
  ])('speak of the channels of the task: %j', async (payload, expected) => {
    expect((await warnings(message(payload)))[0]).toContain(`wrist-01: ${expected}`);
  });

  it('are logged once for each mistake, though its reason is the same', async () => {
    const said = await warnings(...['nose', 'ear', 'nose'].map((name) => message({ v: { [name]: 1 } })));
    expect(said.map((line) => /"(\w+)"/.exec(line)?.[1])).toEqual(['nose', 'ear']);
  });

  it('name the board id that is none', async () => {
    const [said] = await warnings(message({ v: {} }, { topic: topics.readings('Desk1') }));
    expect(said).toMatch(/"Desk1" is no board id; a board id has lower-case letters/);
  });

  it('keep a bounded memory and log when boards are made up', () => {
    let lines = 0;
    const refusals = new Refusals(new RareLog({ ...silentLog, warn: () => void lines++ }, () => 0), spec);
    for (let i = 0; i < 5000; i++) refusals.add(`b${i}`, { reason: 'malformed', message: 'x' });
    expect(refusals.counts.malformed).toBe(5000);
    expect(lines).toBeLessThan(1100);
  });
});
