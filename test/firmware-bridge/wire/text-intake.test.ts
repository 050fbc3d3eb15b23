import { describe, expect, it } from 'vitest';
import { FixedClock } from '../../../firmware-bridge/board-clock.ts';
import { listen, NOW_US } from './boards.ts';

const hear = (text: string, csvHeader?: string) => {
  const host = listen({ ...(csvHeader !== undefined && { csvHeader }) });
  host.hear(`\n${text}`);
  return { ...host, refusals: host.of('refused').map(({ refusal }) => refusal.reason) };
};

describe('NDJSON', () => {
  it('is what MQTT carries, one a line', () => {
    const { readings, decoder } = hear(
      '{"v":{"accel.x":1}}\r\n[{"t":5,"v":{"accel.x":2}},{"t":6,"v":{"accel.x":3}}]\n',
    );
    expect(readings().map(({ board, timeUs, values }) => [board, timeUs, values['accel.x']])).toEqual([
      ['text', NOW_US, 1],
      ['text', 5, 2],
      ['text', 6, 3],
    ]);
    expect(decoder.counters).toMatchObject({ lines: 2, otherLines: 0 });
  });

  it.each([
    ['{"v":{"accel.x":', 'malformed'],
    ['{"v":{"acel.x":1}}', 'unknownChannel'],
    ['{"v":{"accel.x":nan}}', 'notFinite'],
  ])('that is wrong is refused: %s', (line, reason) => {
    const { readings, refusals } = hear(`${line}\n`);
    expect(readings()).toEqual([]);
    expect(refusals).toEqual([reason]);
  });
});

describe('CSV', () => {
  it('has channels in its header, with units, and rows below', () => {
    const { values, readings, of } = hear('accel.x [g], proximity\n1,254\n-0.5e0, 253.5\n');
    expect(values()).toEqual([9.80665, -4.903325]);
    expect(readings().map((r) => r.values.proximity)).toEqual([254, 253.5]);
    expect(of('text')).toEqual([{ kind: 'text', board: 'text', line: 'accel.x [g], proximity' }]);
  });

  it('leaves out what was not measured', () => {
    const { readings, refusals } = hear('accel.x,accel.y\n1,\nnan,2\n,\n');
    expect(readings().map(({ values }) => values)).toEqual([{ 'accel.x': 1 }, { 'accel.y': 2 }]);
    expect(refusals).toEqual([]);
  });

  it.each([
    ['1', 'too few values'],
    ['1,2,3', 'too many'],
    ['1,', 'a number of the sequence that is missing'],
    ['1,-1', 'a number that cannot be'],
  ])('refuses a row like %s: %s', (row) => {
    const { readings, refusals } = hear(`accel.x,seq\n${row}\n2,7\n`);
    expect(refusals).toEqual(['malformed']);
    expect(readings().map(({ seq }) => seq)).toEqual([7]);
  });

  it.each(['accel.x,acel.y', 'accel.x,accel.x', 'micros,seq', 'temperature: 5', '12,13'])(
    'does not take %s for a header',
    (line) => {
      expect(hear(`${line}\n1,2\n`).readings()).toEqual([]);
    },
  );

  it('may have its header from the configuration, and takes a new one when the board prints one', () => {
    const { readings } = hear('1,2\naccel.y,accel.x\n3,4\n', 'accel.x,accel.y');
    expect(readings().map(({ values }) => values)).toEqual([
      { 'accel.x': 1, 'accel.y': 2 },
      { 'accel.x': 4, 'accel.y': 3 },
    ]);
  });

  it('does not read the line that was under way when the port was opened', () => {
    const host = listen({ csvHeader: 'accel.x' });
    host.hear('23.5\n24.5\n');
    expect(host.values()).toEqual([24.5]);
    host.hear('25');
    host.decoder.reopened();
    host.hear('5\n26.5\n');
    expect(host.values()).toEqual([24.5, 26.5]);
  });

  it('counts what is missing between numbered rows, across a restart of the board', () => {
    const { decoder } = hear('seq,accel.x\n5000,1\n5001,1\n5005,1\n2,1\n3,1\n');
    expect(decoder.counters).toMatchObject({ lostReadings: 3 + 2 });
  });

  it.each([
    ['micros', 2 ** 32 - 10_000, 10_000, 1],
    ['millis', 2 ** 32 - 10, 10, 1000],
  ])('has times of a counter, %s, that wraps', (column, start, step, tickUs) => {
    const host = listen({ clock: () => new FixedClock(0) });
    host.hear(`\n${column},accel.x\n`);
    for (let i = 0; i < 4; i++)
      host.hear(`${(start + i * step) % 2 ** 32},${i}\n`, NOW_US + i * step * tickUs);
    const times = host.readings().map(({ timeUs }) => timeUs);
    expect(times).toEqual([0, 1, 2, 3].map((i) => (start + i * step) * tickUs));
  });

  it('has times of its own, or that of arrival', () => {
    const { readings } = hear('t,accel.x\n1795421176187000,1\naccel.x\n2\n');
    expect(readings().map(({ timeUs }) => timeUs)).toEqual([1795421176187000, NOW_US]);
  });
});

it('other lines are text', () => {
  const { of, decoder, refusals } = hear('ets Jun  8 2016\n[I] ready\n\n   \nE (12) i2c: timeout\n');
  expect(of('text').map(({ line }) => line)).toEqual(['ets Jun  8 2016', '[I] ready', 'E (12) i2c: timeout']);
  expect(refusals).toEqual([]);
  expect(decoder.counters).toMatchObject({ lines: 0, otherLines: 3 });
});
