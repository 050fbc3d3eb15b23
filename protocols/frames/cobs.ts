/**
 * Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): bytes without a zero, so that a zero can part frames.
 * Costs one byte, and one more for every 254.
 */

/** Parts frames on a serial line; occurs nowhere else on it. */
export const DELIMITER = 0;
/** A code byte that stands for 254 bytes and no zero after them. */
const FULL = 0xff;

/** A frame as it goes over a serial line: a delimiter before it ends whatever was there, one after it ends the frame. */
export function onWire(frame: Uint8Array): Uint8Array {
  const wire = new Uint8Array(frame.length + Math.floor(frame.length / 254) + 3);
  let length = 2;
  let codeAt = 1;
  for (const byte of frame) {
    if (length - codeAt === FULL) {
      wire[codeAt] = FULL;
      codeAt = length++;
    }
    if (byte === DELIMITER) {
      wire[codeAt] = length - codeAt;
      codeAt = length++;
    } else wire[length++] = byte;
  }
  wire[codeAt] = length - codeAt;
  return wire.subarray(0, length + 1);
}

/** What was stuffed, or undefined when the bytes are no whole COBS. `bytes` holds no delimiter. */
export function cobsDecode(bytes: Uint8Array): Uint8Array | undefined {
  const plain = new Uint8Array(bytes.length);
  let length = 0;
  let codeAt = 0;
  while (codeAt < bytes.length) {
    const next = codeAt + bytes[codeAt]!;
    if (next === codeAt || next > bytes.length) return undefined;
    for (let i = codeAt + 1; i < next; i++) plain[length++] = bytes[i]!;
    if (bytes[codeAt] !== FULL && next < bytes.length) plain[length++] = DELIMITER;
    codeAt = next;
  }
  return plain.subarray(0, length);
}
