import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { PortDecoder, type PortEvent } from '../../../firmware-bridge/port-decoder.ts';
import { closePort, isTrouble, openPort } from '../../../firmware-bridge/ports/open-port.ts';
import { makePtyPair } from '../../../firmware-bridge/pty-pair.ts';
import {
  type BoardDescription,
  FrameEncoder,
  helloRequest,
  onWire,
  type SampleEncoding,
} from '../../../protocols/frames.ts';
import { eventually } from '../../temporary.ts';
import { requireTool } from '../../tools.ts';
import { compileBoard } from './host-board.ts';

const START_US = 0xffffffff - 2_000_000;
const PERIOD_US = 10_000;

/** What board.cpp says of itself. */
function descriptionOf(encoding: SampleEncoding): BoardDescription {
  const scales = encoding === 'float32' ? [1, 1, 1] : [0.25, 0.5, 2];
  const channels = [
    { name: 'accel.x', unit: 'g', scale: scales[0]! },
    { name: 'accel.y', unit: 'm/s2', scale: scales[1]! },
    { name: 'gyro.z', unit: 'deg/s', scale: scales[2]! },
  ];
  return { board: 'wrist-01', firmware: 'host 1.0.0', rateHz: 100, encoding, clock: 'boot', channels };
}

/** Row `i` of board.cpp, in the units of its channels. */
const row = (i: number): (number | undefined)[] => [i / 4, i % 7 === 0 ? undefined : -i / 2, 2];
/** Every hundredth row is one that board.cpp measures and does not send. */
const isDropped = (i: number): boolean => i % 100 === 50;

/** The stream of board.cpp, written here: a row a frame, HELLO every two seconds, STATUS every second. */
function streamOf(encoding: SampleEncoding, rows: number): Buffer {
  const encoder = new FrameEncoder(descriptionOf(encoding), 0xc0ffee);
  const frames = [encoder.hello(START_US)];
  for (let i = 0; i < rows; i++) {
    const timeUs = START_US + i * PERIOD_US;
    if (isDropped(i)) encoder.drop(1);
    else frames.push(encoder.samples({ timeUs, rows: [row(i)] }));
    if (i > 0 && i % 200 === 0) frames.push(encoder.hello(timeUs));
    if (i > 0 && i % 100 === 0) frames.push(encoder.status(timeUs));
  }
  return Buffer.concat(frames.map(onWire));
}

const folder = await mkdtemp(join(tmpdir(), 'tinyllm-board-'));
afterAll(() => rm(folder, { recursive: true }));

it.for<SampleEncoding>(['float32', 'int16'])(
  'boards write the same bytes as we, in %s',
  async (encoding, test) => {
    const program = await compileBoard(test, folder);
    const file = join(folder, encoding);
    await promisify(execFile)(program, [file, encoding, '450', '1']);
    expect((await readFile(file)).equals(streamOf(encoding, 450))).toBe(true);
  },
);

it('boards are heard through a terminal, rows by the dozen, and answer', async (test) => {
  requireTool('socat', test);
  const program = await compileBoard(test, folder);
  const cable = await makePtyPair(join(folder, 'host'), join(folder, 'far-end'));
  onTestFinished(() => cable.cut());
  const port = await openPort(cable.near, 115_200);
  if (isTrouble(port)) throw new Error(port.message);
  onTestFinished(async () => void (await closePort(port)));

  const decoder = new PortDecoder({ board: 'unnamed' });
  const events: PortEvent[] = [];
  port.on('data', (bytes: Buffer) => void events.push(...decoder.push(bytes, Date.now() * 1000)));
  const board = spawn(program, [cable.far, 'float32', '1000', '12']);
  onTestFinished(() => void board.kill());

  const readings = () => events.flatMap((event) => (event.kind === 'readings' ? event.readings : []));
  const sent = Array.from({ length: 1000 }, (_, i) => i).filter((i) => !isDropped(i));
  await eventually(() => expect(readings()).toHaveLength(sent.length));
  expect(events[0]).toMatchObject({
    kind: 'hello',
    board: 'wrist-01',
    description: descriptionOf('float32'),
  });
  expect(readings().map(({ seq }) => seq)).toEqual(sent);
  expect(decoder.counters).toMatchObject({ damaged: 0, lost: 0, lostReadings: 10, bytesDropped: 0 });
  const gravity = 9.80665;
  for (const [n, { values }] of readings().entries()) {
    const [x, y, z] = row(sent[n]!);
    expect(values['accel.x']).toBeCloseTo(x! * gravity, 9);
    expect(values['accel.y']).toBe(y);
    expect(values['gyro.z']).toBeCloseTo((z! * Math.PI) / 180, 12);
  }

  // It has stopped its clock: now it says HELLO only when it is asked.
  const { frames } = decoder.counters;
  port.write(Buffer.from(onWire(helloRequest(1))));
  await eventually(() => expect(decoder.counters.frames).toBe(frames + 1));
});
