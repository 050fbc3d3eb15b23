import { describe, expect, it } from 'vitest';
import { converter, isChannel, unitOf, unknownChannel } from '../../protocols/channels.ts';
import { TinyError } from '../../protocols/errors.ts';

describe('channel names', () => {
  it.each(['accel.x', 'gyro.z', 'light.clear', 'proximity', 'rssi.beacon-3', 'humidity', 'humidity.2'])(
    'knows %s',
    (name) => expect(isChannel(name)).toBe(true),
  );

  it.each([
    '',
    'accel',
    'accel.w',
    'accel.x.y',
    'Accel.x',
    'proximity.x',
    'rssi.',
    'rssi.Küche',
    'constructor',
    '__proto__',
    'toString.x',
    'accel.x ',
  ])('does not know "%s"', (name) => expect(isChannel(name)).toBe(false));

  it('says which channels there are', () => {
    const error = unknownChannel('accell.x');
    expect(error).toBeInstanceOf(TinyError);
    expect(error.message).toContain('"accell.x"');
    expect(error.hint).toContain('accel.x|y|z');
    expect(() => unitOf('accell.x')).toThrow(error.message);
  });
});

describe('units', () => {
  it.each([
    ['accel.x', 'm/s2'],
    ['gyro.y', 'rad/s'],
    ['rssi.a', 'dBm'],
    ['temperature', 'degC'],
  ])('%s is in %s', (name, unit) => {
    expect(unitOf(name)).toBe(unit);
    expect(converter(name, unit)!(1.25)).toBe(1.25);
  });

  // Right-hand sides from the definitions of the units (SI brochure, 9th edition), not from the table under test.
  it.each([
    ['accel.x', 'g', 2, 19.6133],
    ['accel.x', 'mg', 500, 4.903325],
    ['gyro.z', 'deg/s', 180, Math.PI],
    ['mag.x', 'gauss', 0.5, 50],
    ['pressure', 'Pa', 101_325, 1013.25],
    ['pressure', 'kPa', 101.325, 1013.25],
    ['temperature', 'K', 273.15, 0],
    ['temperature', 'degF', 212, 100],
    ['temperature', 'degF', -40, -40],
    ['humidity', '1', 0.5, 50],
  ])('%s: from %s, %d is %d', (name, unit, value, own) => {
    expect(converter(name, unit)!(value)).toBeCloseTo(own, 9);
  });

  it.each([
    ['accel.x', 'ft/s2'],
    ['light.red', 'lux'],
    ['rssi.a', 'constructor'],
    ['nothing', 'm'],
  ])('%s cannot be given in %s', (name, unit) => expect(converter(name, unit)).toBeUndefined());
});
