/** Milliseconds on a clock that all threads of this process share and that nobody sets. Its start means nothing. */
export const steadyMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** An answer that could not be given in time, and so was not given. */
export class MissedDeadline extends Error {
  override readonly name = 'MissedDeadline';

  constructor() {
    super('the answer would have come after its deadline');
  }
}
