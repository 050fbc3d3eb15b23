import { DELIMITER } from '../../protocols/frames/cobs.ts';
import { MAX_FRAME_BYTES } from '../../protocols/frames.ts';

/**
 * The first byte of every frame on the wire. A frame begins A5, version, type, 0, and COBS writes a 4 for "a zero after
 * three bytes". No text begins so: 4 is a control character.
 */
const FRAME_START = 0x04;
const NEWLINE = 0x0a;
/** A stuffed frame of the greatest length; a line may be as long. More is given up until the next delimiter. */
export const MAX_SEGMENT_BYTES = MAX_FRAME_BYTES + Math.ceil(MAX_FRAME_BYTES / 254) + 1;

export interface Segment {
  readonly kind: 'frame' | 'line';
  /** Without the delimiter; valid until the next segment is asked for. */
  readonly bytes: Uint8Array;
}

/** Parts a stream of bytes into stuffed frames and lines of text. */
export class Segmenter {
  readonly #kept = new Uint8Array(MAX_SEGMENT_BYTES);
  #length = 0;
  /** What is being collected; `skip`: it is too long or torn, and goes unread to the next delimiter. */
  #state: 'start' | 'frame' | 'line' | 'skip' = 'start';
  #bytesDropped = 0;

  get counters(): { readonly bytesDropped: number } {
    return { bytesDropped: this.#bytesDropped };
  }

  reset(): void {
    this.#bytesDropped += this.#length;
    this.#length = 0;
    this.#state = 'start';
  }

  *push(bytes: Uint8Array): Generator<Segment> {
    for (const byte of bytes) {
      if (byte === DELIMITER) {
        if (this.#state === 'frame') yield this.#finish('frame');
        else this.reset();
      } else if (byte === NEWLINE && this.#state === 'line') yield this.#finish('line');
      else this.#keep(byte);
    }
  }

  #finish(kind: Segment['kind']): Segment {
    const bytes = this.#kept.subarray(0, this.#length);
    this.#length = 0;
    this.#state = 'start';
    return { kind, bytes };
  }

  #keep(byte: number): void {
    if (this.#state === 'start') this.#state = byte === FRAME_START ? 'frame' : 'line';
    if (this.#length < MAX_SEGMENT_BYTES && this.#state !== 'skip') this.#kept[this.#length++] = byte;
    else {
      this.#bytesDropped += this.#length + 1;
      this.#length = 0;
      this.#state = 'skip';
    }
  }
}
