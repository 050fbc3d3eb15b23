import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, type TestContext } from 'vitest';
import { FixedClock } from '../../../firmware-bridge/board-clock.ts';
import { PayloadReader } from '../../../firmware-bridge/payload-reader.ts';
import type { SensorReading } from '../../../protocols/reading.ts';
import { temporaryFolder } from '../../temporary.ts';
import { requireTool } from '../../tools.ts';
import { listen } from '../wire/boards.ts';
import { FIXTURES, SKETCHES, STRICT } from './host-board.ts';

const run = promisify(execFile);

/** What a sketch sends in three seconds of its time, on the Arduino of test/fixtures/sketches. */
async function outputOf(test: TestContext, sketch: string, ...defines: readonly string[]): Promise<Buffer> {
  const program = join(await temporaryFolder(), sketch);
  await run(requireTool('g++', test), [
    ...STRICT.filter((flag) => flag !== '-Wconversion' && flag !== '-Wshadow'),
    '-DARDUINO_ARCH_ESP32',
    ...defines.map((define) => `-D${define}`),
    `-DSKETCH="${join(SKETCHES, sketch, `${sketch}.ino`)}"`,
    `-I${SKETCHES}`,
    `-I${join(FIXTURES, 'arduino')}`,
    join(FIXTURES, 'run-sketch.cpp'),
    '-o',
    program,
  ]);
  const { stdout } = await run(program, { encoding: 'buffer', maxBuffer: 1 << 22 });
  return stdout;
}

/** Payloads and their topics, as the PubSubClient of the fixtures writes them. */
function* messagesIn(output: Buffer): Generator<{ topic: string; payload: Buffer }> {
  for (let at = 0; at < output.length; ) {
    const newline = output.indexOf('\n', at);
    const [topic, length] = output.toString('latin1', at, newline).split(' ');
    at = newline + 1 + Number(length);
    yield { topic: topic!, payload: output.subarray(newline + 1, at) };
  }
}

function overSerial(output: Buffer) {
  const host = listen({ clock: () => new FixedClock(1e15) });
  host.hear(output);
  expect(host.decoder.counters).toMatchObject({ damaged: 0, lost: 0, lostReadings: 0, bytesDropped: 0 });
  expect(host.of('refused')).toEqual([]);
  return { readings: host.readings(), description: host.of('hello')[0]!.description };
}

function overMqtt(output: Buffer): { readings: SensorReading[]; topics: Set<string> } {
  const payloads = new PayloadReader();
  const topics = new Set<string>();
  const readings = [...messagesIn(output)].flatMap(({ topic, payload }) => {
    topics.add(topic);
    const parsed = payloads.read(topic.split('/')[2]!, payload, 1e12);
    expect(parsed.refusals).toEqual([]);
    return parsed.readings;
  });
  return { readings, topics };
}

const stepsUs = (readings: readonly SensorReading[]) =>
  new Set(readings.slice(1).map(({ timeUs }, i) => timeUs - readings[i]!.timeUs));

describe('the wearable', () => {
  // The fixture's chips answer register 0x3B with 0x3B: accel.x is 0x3B3C.
  const expected = {
    'accel.x': (0x3b3c / 4096) * 9.80665,
    'accel.z': (0x3f40 / 4096) * 9.80665,
    'gyro.x': ((0x4344 / 32.8) * Math.PI) / 180,
    'gyro.z': ((0x4748 / 32.8) * Math.PI) / 180,
  };

  it('sends six axes a hundred times a second', async (test) => {
    const { readings, description } = overSerial(await outputOf(test, 'imu9'));
    expect(description).toMatchObject({
      board: 'wrist-01',
      firmware: 'imu9 1.0.0',
      rateHz: 100,
      encoding: 'int16',
    });
    // The last of three hundred wait for a tenth.
    expect(readings.length).toBeGreaterThan(290);
    expect(stepsUs(readings)).toEqual(new Set([10_000]));
    for (const [channel, value] of Object.entries(expected)) {
      expect(readings[7]!.values[channel]).toBeCloseTo(value, 2);
    }
  });

  it('publishes the same over MQTT', async (test) => {
    const { readings, topics } = overMqtt(await outputOf(test, 'imu9', 'TINYLLM_MQTT'));
    expect([...topics]).toEqual(['tinyllm/home/wrist-01/readings']);
    expect(readings.length).toBeGreaterThan(290);
    expect(readings.at(-1)!.values['accel.x']).toBeCloseTo(expected['accel.x'], 2);
  });
});

describe('the gesture board', () => {
  it('sends proximity and colours twenty-five times a second', async (test) => {
    const { readings } = overSerial(await outputOf(test, 'gesture-light'));
    expect(readings).toHaveLength(75);
    expect(stepsUs(readings)).toEqual(new Set([40_000]));
    expect(readings[0]!.values).toEqual({
      proximity: 255 - 0x9c,
      'light.red': 0x9796,
      'light.green': 0x9998,
      'light.blue': 0x9b9a,
    });
  });

  it('publishes the same over MQTT', async (test) => {
    expect(overMqtt(await outputOf(test, 'gesture-light', 'TINYLLM_MQTT')).readings).toHaveLength(75);
  });
});

describe('the scanner', () => {
  it('sends what it hears of its beacons', async (test) => {
    const { readings, description } = overSerial(await outputOf(test, 'rssi-scanner'));
    expect(description.channels.map(({ name }) => name)).toEqual(['rssi.a', 'rssi.b', 'rssi.c']);
    // One beacon once: rows in which nothing was heard are none.
    expect(readings.map(({ values }) => values)).toEqual([{ 'rssi.b': -61 }]);
  });

  it('sends what it hears of access points', async (test) => {
    const { readings } = overSerial(await outputOf(test, 'rssi-scanner', 'SCAN_WIFI'));
    expect(readings.length).toBeGreaterThan(3);
    expect(new Set(readings.map(({ values }) => JSON.stringify(values)))).toEqual(
      new Set(['{"rssi.a":-50}']),
    );
  });

  it('publishes beacons over MQTT', async (test) => {
    const { readings } = overMqtt(await outputOf(test, 'rssi-scanner', 'TINYLLM_MQTT'));
    expect(readings.map(({ values }) => values)).toEqual([{ 'rssi.b': -61 }]);
  });
});
