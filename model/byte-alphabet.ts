/**
 * GPT-2's byte alphabet: every byte is written as one printable character, so that tokens of arbitrary bytes
 * can stand in a JSON vocabulary. Printable Latin-1 stands for itself, every other byte for U+0100, U+0101, ...
 * (a space becomes `Ġ`, a newline `Ċ`).
 *
 * Source: `bytes_to_unicode` in GPT-2's encoder.py (Radford et al., 2019); Hugging Face calls it `ByteLevel`.
 */

const standsForItself = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);

const everyByte = Array.from({ length: 256 }, (_, byte) => byte);
const printableBytes = everyByte.filter(standsForItself);
const otherBytes = everyByte.filter((byte) => !standsForItself(byte));

/** All 256 bytes in the order of GPT-2's first 256 token ids: printable ones first. */
export const BYTES_IN_ID_ORDER: readonly number[] = [...printableBytes, ...otherBytes];

const charOfByte: readonly string[] = everyByte.map((byte) =>
  String.fromCharCode(standsForItself(byte) ? byte : 0x100 + otherBytes.indexOf(byte)),
);

/** Indexed by character code; -1 for characters outside the alphabet, of which the last is U+0143. */
const byteOfChar = new Int16Array(0x144).fill(-1);
for (const [byte, char] of charOfByte.entries()) byteOfChar[char.charCodeAt(0)] = byte;

/** The character that stands for a byte (0..255). */
export const byteToChar = (byte: number): string => charOfByte[byte]!;

/** Whether a token is written in the byte alphabet and in nothing else. */
export const isByteLevel = (token: string): boolean => {
  for (let i = 0; i < token.length; i++) if ((byteOfChar[token.charCodeAt(i)] ?? -1) < 0) return false;
  return token.length > 0;
};

/** The bytes that a string in the byte alphabet stands for, one for each character. */
export const byteLevelToBytes = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = byteOfChar[text.charCodeAt(i)]!;
  return bytes;
};
