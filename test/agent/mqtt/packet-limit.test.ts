import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PacketLimit } from '../../../agent/mqtt/packet-limit.ts';

/** An MQTT packet with a body of so many bytes. */
function packet(bodyBytes: number): Buffer {
  const header = [0x30];
  for (let left = bodyBytes; ; left = Math.floor(left / 128)) {
    if (left < 128) {
      header.push(left);
      break;
    }
    header.push((left % 128) | 0x80);
  }
  return Buffer.concat([Buffer.from(header), randomBytes(bodyBytes)]);
}

const MAX = 20_000;
/** Bodies at which the length takes one more byte, and the longest allowed. */
const stream = Buffer.concat([0, 1, 127, 128, 0, 16_383, 16_384, MAX, 2].map(packet));

describe('a packet limit', () => {
  it.each([1, 2, 3, 1000, stream.length])('follows packets through chunks of %d bytes', (chunkBytes) => {
    const limit = new PacketLimit(MAX);
    const chunks = (bytes: Buffer) =>
      Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, i) =>
        bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes),
      );
    expect(chunks(stream).every((chunk) => limit.admits(chunk))).toBe(true);
    expect(chunks(packet(MAX + 1).subarray(0, 4)).every((chunk) => limit.admits(chunk))).toBe(false);
  });

  it('refuses a length that does not end after four bytes', () => {
    expect(new PacketLimit(2 ** 40).admits(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80]))).toBe(false);
  });
});
