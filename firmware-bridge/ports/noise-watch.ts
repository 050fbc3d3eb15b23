import type { PortEvent } from '../wire/events.ts';
import { MAX_SEGMENT_BYTES } from '../wire/segmenter.ts';

/** So many bytes since anything was understood, as at a wrong baud rate: more than a torn frame or a boot message. */
export interface NoiseEvent {
  readonly kind: 'noise';
  readonly bytes: number;
}

/**
 * Notices when nothing can be made of what comes from a port. It looks once for every piece that is read, so it is no part of
 * the decoder, which hears the same however the bytes are cut.
 */
export class NoiseWatch {
  /** Of the bytes dropped: those before anything was understood last, or noise was told. */
  #droppedBefore = 0;

  /**
   * @param events what a piece meant
   * @param bytesDropped by the decoder up to now
   */
  look(events: readonly PortEvent[], bytesDropped: number): NoiseEvent | undefined {
    const bytes = bytesDropped - this.#droppedBefore;
    const isNoise = !events.some(isUnderstood);
    if (isNoise && bytes <= MAX_SEGMENT_BYTES) return undefined;
    this.#droppedBefore = bytesDropped;
    return isNoise ? { kind: 'noise', bytes } : undefined;
  }
}

/** Of noise, a line or two happen to be printable: text is no proof of a good line. */
const isUnderstood = ({ kind }: PortEvent): boolean => kind !== 'text' && kind !== 'damaged';
