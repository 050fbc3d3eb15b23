import { TinyError } from './errors.ts';

/**
 * A channel is one number a board can send: a quantity, and which part of it.
 * `accel.x`, `light.red`, `rssi.beacon-3`, or just `proximity` where there is only one.
 */
export type ChannelName = string;

/** How another unit becomes the channel's own: `own = value * scale + offset`. */
interface Conversion {
  readonly scale: number;
  readonly offset: number;
}

interface Quantity {
  /** The unit in which the channel is stored, sent and modelled. */
  readonly unit: string;
  readonly convertible: Readonly<Record<string, Conversion>>;
  /** The names its parts may have; `any` for names that belong to the site (anchors), absent for a scalar. */
  readonly parts?: readonly string[] | 'any';
}

const times = (scale: number): Conversion => ({ scale, offset: 0 });
const AXES = ['x', 'y', 'z'] as const;
const STANDARD_GRAVITY_MPS2 = 9.80665; // BIPM, CGPM 1901

/** Every quantity the system knows. A new sensor is a new line here. */
const QUANTITIES: Readonly<Record<string, Quantity>> = {
  accel: {
    unit: 'm/s2',
    parts: AXES,
    convertible: { g: times(STANDARD_GRAVITY_MPS2), mg: times(STANDARD_GRAVITY_MPS2 / 1000) },
  },
  gyro: { unit: 'rad/s', parts: AXES, convertible: { 'deg/s': times(Math.PI / 180) } },
  mag: { unit: 'uT', parts: AXES, convertible: { gauss: times(100), mgauss: times(0.1) } },
  light: { unit: 'count', parts: ['red', 'green', 'blue', 'clear'], convertible: {} },
  proximity: { unit: 'count', convertible: {} },
  rssi: { unit: 'dBm', parts: 'any', convertible: {} },
  pressure: { unit: 'hPa', convertible: { Pa: times(0.01), kPa: times(10), mbar: times(1) } },
  temperature: {
    unit: 'degC',
    convertible: {
      K: { scale: 1, offset: -273.15 },
      degF: { scale: 5 / 9, offset: -160 / 9 },
    },
  },
  humidity: { unit: '%', parts: 'any', convertible: { '1': times(100) } },
  sound: { unit: 'count', convertible: {} },
  chest: { unit: 'count', convertible: {} },
  track: { unit: '1', parts: ['x', 'y'], convertible: {} },
};

/** The unit of each quantity: `light` in `count`. What a page needs to caption any channel. */
export const QUANTITY_UNITS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(QUANTITIES).map(([quantity, { unit }]) => [quantity, unit]),
);

export interface ChannelKind {
  /** `accel.x|y|z`, `rssi.<name>` or `proximity`. */
  readonly names: string;
  readonly unit: string;
  /** Other units in which a board may send it. */
  readonly convertible: readonly string[];
}

/** Every kind of channel, for documents and messages. */
export const CHANNEL_KINDS: readonly ChannelKind[] = Object.entries(QUANTITIES).map(
  ([quantity, { parts, unit, convertible }]) => ({
    names: parts === undefined ? quantity : `${quantity}.${parts === 'any' ? '<name>' : parts.join('|')}`,
    unit,
    convertible: Object.keys(convertible),
  }),
);

const NAME = /^([a-z]+)(?:\.([a-z0-9][a-z0-9_-]{0,62}))?$/;

/** Every value of every reading asks for its channel. What is not one is not kept: there may be no end to such names. */
const known = new Map<string, Quantity>();
const MAX_KNOWN = 10_000;

function quantityOf(name: string): Quantity | undefined {
  const met = known.get(name);
  if (met) return met;
  const quantity = parseName(name);
  if (quantity && known.size < MAX_KNOWN) known.set(name, quantity);
  return quantity;
}

function parseName(name: string): Quantity | undefined {
  const match = NAME.exec(name);
  if (!match) return undefined;
  const quantity = Object.hasOwn(QUANTITIES, match[1]!) ? QUANTITIES[match[1]!] : undefined;
  const part = match[2];
  if (!quantity) return undefined;
  if (quantity.parts === undefined) return part === undefined ? quantity : undefined;
  if (quantity.parts === 'any') return quantity;
  return part !== undefined && quantity.parts.includes(part) ? quantity : undefined;
}

export const isChannel = (name: string): name is ChannelName => quantityOf(name) !== undefined;

/** The channel's own unit. Throws `TinyError` for a channel that does not exist. */
export function unitOf(name: ChannelName): string {
  const quantity = quantityOf(name);
  if (!quantity) throw unknownChannel(name);
  return quantity.unit;
}

/**
 * The function that brings a value in `unit` to the channel's own unit,
 * or undefined when there is no such conversion (wrong unit: refuse the value).
 */
export function converter(name: ChannelName, unit: string): ((value: number) => number) | undefined {
  const quantity = quantityOf(name);
  if (!quantity) return undefined;
  if (unit === quantity.unit) return (value) => value;
  const conversion = Object.hasOwn(quantity.convertible, unit) ? quantity.convertible[unit] : undefined;
  return conversion && ((value) => value * conversion.scale + conversion.offset);
}

export function unknownChannel(name: string): TinyError {
  const known = CHANNEL_KINDS.map(({ names }) => names).join(', ');
  return new TinyError(`unknown channel "${name}"`, `channels are ${known}`);
}
