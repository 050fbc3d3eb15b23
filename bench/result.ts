import type { Machine } from '../test/campaigns/harness/machine.ts';
import type { Figure } from './figures.ts';

/** What a bench leaves in `docs/bench/<bench>.json`. */
export interface BenchResult {
  readonly bench: string;
  /** When it began. */
  readonly date: string;
  readonly commit: string | null;
  /** Files differed from the commit. */
  readonly isModified: boolean;
  readonly machine: Machine;
  /** Wall clock. */
  readonly seconds: number;
  readonly figures: readonly Figure[];
}
