import { expect, it } from 'vitest';
import { PortDecoder } from '../../../firmware-bridge/port-decoder.ts';
import { NoiseWatch } from '../../../firmware-bridge/ports/noise-watch.ts';
import { MAX_SEGMENT_BYTES } from '../../../firmware-bridge/wire/segmenter.ts';
import { NOW_US } from '../wire/boards.ts';

/** What the watch says of bytes that are read in these pieces. */
function noticed(pieces: readonly (Uint8Array | string)[]): number[] {
  const decoder = new PortDecoder({ board: 'wrist' });
  const watch = new NoiseWatch();
  return pieces.flatMap((piece) => {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    const noise = watch.look(decoder.push(bytes, NOW_US), decoder.counters.bytesDropped);
    return noise ? [noise.bytes] : [];
  });
}

const garbage = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(0xff);
const reading = '\n{"v":{"accel.x":5}}\n';

it('tells of bytes of which nothing can be understood, once for every few kilobytes', () => {
  // By chance a line among them is printable.
  const pieces = [garbage(MAX_SEGMENT_BYTES), '\nok\n', garbage(10), garbage(10)];
  expect(noticed(pieces)).toEqual([MAX_SEGMENT_BYTES + 10]);
});

it('tells nothing where readings come between them', () => {
  const pieces = Array.from({ length: 10 }, () => [garbage(MAX_SEGMENT_BYTES / 2), reading]).flat();
  expect(noticed(pieces)).toEqual([]);
});
