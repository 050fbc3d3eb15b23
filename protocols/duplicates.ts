import type { SensorReading } from './reading.ts';

/** Readings that are remembered: more than a broker holds back and delivers again in one piece. */
const REMEMBERED = 1024;

/**
 * Tells readings that came before: MQTT's QoS 1 delivers at least once, and a sample counted twice would weigh twice in
 * its step. Only a board that numbers its readings (`seq`) can be told apart from one that measured the same again.
 */
export class Duplicates {
  /** The time of the last reading whose number falls into each place, and that number; made with the first of them. */
  #seen: { readonly timesUs: Float64Array; readonly seqs: Uint32Array } | undefined;
  count = 0;

  isDuplicate({ timeUs, seq }: SensorReading): boolean {
    if (seq === undefined) return false;
    this.#seen ??= {
      timesUs: new Float64Array(REMEMBERED).fill(Number.NaN),
      seqs: new Uint32Array(REMEMBERED),
    };
    const { timesUs, seqs } = this.#seen;
    const place = seq % REMEMBERED;
    if (timesUs[place] === timeUs && seqs[place] === seq) {
      this.count++;
      return true;
    }
    timesUs[place] = timeUs;
    seqs[place] = seq;
    return false;
  }
}
