import type { Figure } from './figure.ts';

/** A long run that shows whether something can be left alone. It has one dial: how much of it. */
export interface Campaign {
  readonly name: string;
  /** What is done, and what must hold: a paragraph of docs/campaigns.md. */
  readonly about: string;
  /** What its size counts: `replugs`, `s`. */
  readonly unit: string;
  /** Over in less than a minute or two on a quiet machine. */
  readonly smallSize: number;
  /** What is to be shown. */
  readonly fullSize: number;
  /**
   * @throws TinyError when this machine lacks what it takes; the signal's reason, soon after it was aborted; anything
   * else is a failure of what the campaign tries
   */
  run(run: CampaignRun): Promise<readonly Figure[]>;
}

export interface CampaignRun {
  /** Repeats whatever is random. */
  readonly seed: number;
  readonly size: number;
  /** Empty, and gone afterwards. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /**
   * Told how much of the size is done.
   *
   * @throws the signal's reason when it was aborted, so that every step is a place to stop
   */
  progress(done: number, detail?: string): void;
}
