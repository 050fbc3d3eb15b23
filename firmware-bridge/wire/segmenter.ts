import { DELIMITER } from '../../protocols/frames/cobs.ts';
import { FRAME_MAGIC, MAX_FRAME_BYTES } from '../../protocols/frames.ts';

/**
 * How every frame begins on the wire: its header has magic, version, type and a zero, and COBS writes a 4 for "three
 * bytes, then a zero". Text does not begin so: 4 is a control character.
 */
const FRAME_START = [0x04, FRAME_MAGIC] as const;
const NEWLINE = 0x0a;
/** The longest frame, stuffed. A line may be as long. */
export const MAX_SEGMENT_BYTES = MAX_FRAME_BYTES + Math.ceil(MAX_FRAME_BYTES / 254);

export interface Segment {
  readonly kind: 'frame' | 'line';
  /** Without what ended it. Valid until the next bytes are pushed. */
  readonly bytes: Uint8Array;
  /** False for what was under way when the port was opened: its beginning may be missing. */
  readonly whole: boolean;
}

/** What the bytes at hand belong to. */
type State =
  | 'start'
  | 'frame' // ends with a delimiter
  | 'line' // ends with a newline
  | 'noise' // goes on to a newline or a delimiter
  | 'wreck'; // likely a piece of a frame, in which a newline says nothing: goes on to a delimiter

/** Parts a stream of bytes into stuffed frames and lines of text, whatever comes in, in constant memory. */
export class Segmenter {
  readonly #kept = new Uint8Array(MAX_SEGMENT_BYTES);
  #length = 0;
  #state: State = 'start';
  #torn = true;
  #hasFrames = false;
  #wreckBytes = 0;
  #bytesDropped = 0;

  /** Bytes that belong to no frame and no line. */
  get bytesDropped(): number {
    return this.#bytesDropped;
  }

  /** What comes next has nothing to do with what came before. */
  reset(): void {
    this.#drop('start');
    this.#torn = true;
  }

  *push(bytes: Uint8Array): Generator<Segment> {
    for (const byte of bytes) {
      if (byte === DELIMITER) {
        if (this.#state === 'frame') {
          this.#hasFrames = true;
          yield this.#finish('frame');
        } else this.#drop('start');
        this.#torn = false;
      } else if (byte === NEWLINE && this.#state !== 'frame' && this.#state !== 'wreck') {
        if (this.#state === 'line') yield this.#finish('line');
        else this.#drop('start');
        this.#torn = false;
      } else this.#keep(byte);
    }
  }

  #finish(kind: Segment['kind']): Segment {
    const bytes = this.#kept.subarray(0, this.#length);
    this.#length = 0;
    this.#state = 'start';
    return { kind, bytes, whole: !this.#torn };
  }

  #keep(byte: number): void {
    if (this.#state === 'start') this.#state = byte === FRAME_START[0] ? 'frame' : 'line';
    else if (this.#state === 'frame' && this.#length === 1 && byte !== FRAME_START[1]) this.#state = 'line';

    if (this.#state === 'noise' || this.#state === 'wreck') this.#pass();
    else if (this.#length === MAX_SEGMENT_BYTES) this.#giveUp('noise');
    else if (this.#state === 'line' && !isPrintable(byte)) this.#giveUp(this.#hasFrames ? 'wreck' : 'noise');
    else this.#kept[this.#length++] = byte;
  }

  #giveUp(state: 'noise' | 'wreck'): void {
    this.#drop(state);
    this.#wreckBytes = 0;
    this.#pass();
  }

  /** A byte goes by. Frames are not so long: with this many, the board has changed to text. */
  #pass(): void {
    this.#bytesDropped++;
    if (++this.#wreckBytes > MAX_SEGMENT_BYTES) this.#state = 'noise';
  }

  #drop(state: State): void {
    this.#bytesDropped += this.#length;
    this.#length = 0;
    this.#state = state;
  }
}

const isPrintable = (byte: number): boolean =>
  (byte >= 0x20 && byte <= 0x7e) || byte === 0x09 || byte === 0x0d;
