import { Seeded } from '../../firmware-bridge/seeded.ts';
import { type BoardDescription, FrameEncoder, onWire } from '../../protocols/frames.ts';
import type { SensorReading } from '../../protocols/reading.ts';
import { below, DAMAGES, damaged } from './damage.ts';

const PERIOD_US = 500;
const AXES = ['accel.x', 'accel.y', 'accel.z', 'gyro.x', 'gyro.y', 'gyro.z'];
const DESCRIPTION: BoardDescription = {
  board: 'wrist-01',
  firmware: 'campaign',
  rateHz: 1e6 / PERIOD_US,
  encoding: 'float32',
  clock: 'boot',
  channels: AXES.map((name) => ({ name, unit: name.startsWith('accel') ? 'm/s2' : 'rad/s', scale: 1 })),
};
const MAX_ROWS_PER_FRAME = 10;

/** What is measured in a row is its number and the axis, mixed: nothing else can look like it. */
const measured = (row: number, axis: number): number =>
  Math.fround(((Math.imul(row * AXES.length + axis + 1, 0x9e3779b1) >>> 0) / 2 ** 32 - 0.5) * 160);

const isWhatWasMeasured = ({ seq, values }: SensorReading): boolean =>
  AXES.every((name, axis) => values[name] === measured(seq!, axis));

/** A board at the far end of a line that damages some of its frames. It knows which, and what ought to arrive. */
export class BadLine {
  readonly #random: Seeded;
  readonly #damagedShare: number;
  readonly #encoder: FrameEncoder;
  #row = 0;
  #helloDueUs = 0;
  #statusDueUs = 1_000_000;
  readonly #damagedRows = new Set<number>();
  #newestRow = -1;
  bytes = 0;
  framesSent = 0;
  framesDamaged = 0;
  readingsDelivered = 0;
  /** Delivered, but never measured so, or out of a frame that was damaged, or again. */
  badReadings = 0;

  constructor(seed: number, damagedShare: number) {
    this.#random = new Seeded(seed);
    this.#damagedShare = damagedShare;
    this.#encoder = new FrameEncoder(DESCRIPTION, seed);
  }

  get readingsSent(): number {
    return this.#row;
  }

  get readingsDamaged(): number {
    return this.#damagedRows.size;
  }

  /** The bytes of the next frame, or of two that are joined. */
  next(): Uint8Array {
    const first = this.framesSent === 0;
    const wire = this.#frame();
    if (first || this.#random.uniform() >= this.#damagedShare) return this.#sent(wire);
    const damage = DAMAGES[below(this.#random, DAMAGES.length)]!;
    this.#giveUp(wire.rows);
    if (damage !== 'join') return this.#sent({ ...wire, bytes: damaged(wire.bytes, damage, this.#random) });
    const next = this.#frame();
    this.#giveUp(next.rows);
    return this.#sent({ ...wire, bytes: damaged(wire.bytes, damage, this.#random, next.bytes) });
  }

  /** The last frame, which arrives whole: by it the host knows of all before it. */
  end(): Uint8Array {
    this.framesSent++;
    return this.#sent({ bytes: onWire(this.#encoder.status(this.#row * PERIOD_US)) });
  }

  /** Hold what arrived against what was sent. A line keeps the order. */
  judge(readings: readonly SensorReading[]): void {
    for (const reading of readings) {
      const row = reading.seq ?? -1;
      const isGood = row > this.#newestRow && !this.#damagedRows.has(row) && isWhatWasMeasured(reading);
      if (isGood) {
        this.readingsDelivered++;
        this.#newestRow = row;
      } else this.badReadings++;
    }
  }

  #frame(): { bytes: Uint8Array; rows?: readonly [from: number, count: number] } {
    this.framesSent++;
    const timeUs = this.#row * PERIOD_US;
    if (timeUs >= this.#helloDueUs) {
      this.#helloDueUs = timeUs + 2_000_000;
      return { bytes: onWire(this.#encoder.hello(timeUs)) };
    }
    if (timeUs >= this.#statusDueUs) {
      this.#statusDueUs = timeUs + 1_000_000;
      return { bytes: onWire(this.#encoder.status(timeUs)) };
    }
    const from = this.#row;
    const count = 1 + below(this.#random, MAX_ROWS_PER_FRAME);
    const rows = Array.from({ length: count }, () => {
      const row = this.#row++;
      return AXES.map((_, axis) => measured(row, axis));
    });
    return {
      bytes: onWire(this.#encoder.samples({ timeUs, periodUs: PERIOD_US, rows })),
      rows: [from, count],
    };
  }

  #giveUp([from, count]: readonly [from: number, count: number] = [0, 0]): void {
    this.framesDamaged++;
    for (let row = from; row < from + count; row++) this.#damagedRows.add(row);
  }

  #sent({ bytes }: { bytes: Uint8Array }): Uint8Array {
    this.bytes += bytes.length;
    return bytes;
  }
}
