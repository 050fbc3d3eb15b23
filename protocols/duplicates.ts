import type { SensorReading } from './reading.ts';

/** Readings that are remembered: more than a broker holds back and delivers again in one piece. */
const REMEMBERED = 1024;

/**
 * Tells readings that came before: MQTT's QoS 1 delivers at least once, and a sample counted twice would weigh twice in
 * its step. Only a board that numbers its readings (`seq`) can be told apart from one that measured the same again.
 */
export class Duplicates {
  readonly #seen = new Set<string>();
  count = 0;

  isDuplicate({ timeUs, seq }: SensorReading): boolean {
    if (seq === undefined) return false;
    const key = `${timeUs}/${seq}`;
    if (this.#seen.has(key)) {
      this.count++;
      return true;
    }
    this.#seen.add(key);
    if (this.#seen.size > REMEMBERED) this.#seen.delete(this.#seen.values().next().value!);
    return false;
  }
}
