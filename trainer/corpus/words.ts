/** What a byte is to a word: its lower-case self, or 0 where it ends one. Bytes beyond ASCII are letters here. */
const IN_WORD = Uint8Array.from({ length: 256 }, (_, byte) => {
  const isLower = byte >= 0x61 && byte <= 0x7a;
  const isUpper = byte >= 0x41 && byte <= 0x5a;
  const isDigit = byte >= 0x30 && byte <= 0x39;
  return isUpper ? byte + 0x20 : isLower || isDigit || byte >= 0x80 ? byte : 0;
});
const DIGIT_BELOW = 0x3a;
const VISIBLE_FROM = 0x21;
const FIRST_CAPACITY = 1 << 12;

/** The words of a text as hashes, which is all that duplicates and overlaps are found by. Its memory is used again. */
export class WordReader {
  /** 32-bit hashes of the words, in order; the first `count` count. */
  hashes = new Int32Array(FIRST_CAPACITY);
  count = 0;
  /** Characters that are letters: of ASCII, or any beyond it. */
  letters = 0;
  /** Characters that are no white space. */
  visible = 0;

  /** Words are runs of letters and digits, upper and lower case alike. */
  read(bytes: Uint8Array): void {
    this.count = 0;
    let letters = 0;
    let visible = 0;
    let hash = 0;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      const inWord = IN_WORD[byte]!;
      // The bytes of a character beyond ASCII but for its first say nothing new of what it is.
      if (byte >= VISIBLE_FROM && (byte & 0xc0) !== 0x80) visible++;
      if (inWord === 0) {
        if (hash !== 0) this.#add(hash);
        hash = 0;
        continue;
      }
      if (inWord >= DIGIT_BELOW && (byte & 0xc0) !== 0x80) letters++;
      hash = Math.imul((hash === 0 ? 0x811c9dc5 : hash) ^ inWord, 0x01000193); // FNV-1a
    }
    if (hash !== 0) this.#add(hash);
    this.letters = letters;
    this.visible = visible;
  }

  #add(hash: number): void {
    if (this.count === this.hashes.length) {
      const larger = new Int32Array(2 * this.count);
      larger.set(this.hashes);
      this.hashes = larger;
    }
    this.hashes[this.count++] = hash;
  }
}

/** One hash of `length` words from `begin` on; 32 well-mixed bits (the finaliser of MurmurHash3). */
export function hashOfWords(hashes: Int32Array, begin: number, length: number): number {
  let hash = length;
  for (let i = begin; i < begin + length; i++) hash = Math.imul(hash, 0x9e3779b1) + hashes[i]!;
  return mixed(hash | 0);
}

export function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
