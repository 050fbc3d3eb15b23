/** The energy that this machine takes, counted. */
export interface EnergyCounter {
  /** Who counts, and what: `RAPL (package-0, dram)`. */
  readonly source: string;
  /**
   * Joules since it was opened. To be asked every second or so: counters wrap, and power is known only at the moment of
   * the question.
   */
  joules(): Promise<number>;
}
