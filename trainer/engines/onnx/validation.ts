import { LabelTrie } from '../../../model/runtime/label-trie.ts';
import type { Completion } from '../../../protocols/prompt.ts';
import { type ExampleSet, exampleCount } from '../../example-set.ts';
import { accuracy, confusionMatrix, macroF1, type Scored } from '../../metrics.ts';
import type { ValidationResult } from '../engine.ts';
import type { TrainingSession } from './training-session.ts';

/** Probabilities below this are counted as this in the loss. */
const SMALLEST_PROBABILITY = 1e-9;

/** Scores every example with the averaged weights, over the closed set of labels as the runtime does. */
export class Validator {
  readonly #set: ExampleSet;
  readonly #trie: LabelTrie;
  readonly #paths: readonly (readonly number[])[];
  readonly #headIds: Int32Array;
  readonly #labels: number;

  constructor(set: ExampleSet, completions: readonly Completion[]) {
    this.#set = set;
    this.#trie = new LabelTrie(completions);
    this.#headIds = Int32Array.from(this.#trie.headIds);
    this.#paths = this.#trie.readRows.map((row) => this.#pathTo(row));
    this.#labels = completions.length;
  }

  async run(session: TrainingSession, batch: number, step: number): Promise<ValidationResult> {
    const scored: Scored[] = [];
    for (let first = 0; first < exampleCount(this.#set); first += batch) {
      scored.push(...(await this.#scoreBatch(session, first, batch)));
    }
    const confusion = confusionMatrix(scored, this.#labels);
    const loss = scored.reduce((sum, { truth, probs }) => {
      return sum - Math.log(Math.max(SMALLEST_PROBABILITY, probs[truth]!));
    }, 0);
    return {
      step,
      lossNats: loss / scored.length,
      accuracy: accuracy(confusion),
      macroF1: macroF1(confusion),
    };
  }

  async #scoreBatch(session: TrainingSession, first: number, batch: number): Promise<Scored[]> {
    const { tokensPerExample: width, promptLength, label } = this.#set;
    const count = Math.min(batch, exampleCount(this.#set) - first);
    const perPath: Float32Array[] = [];
    for (const path of this.#paths) {
      const ids = new Int32Array(batch * width);
      const rows = new Int32Array(batch);
      for (let b = 0; b < batch; b++) {
        // A last batch that is not full repeats its first example, whose score is then passed over.
        const example = b < count ? first + b : first;
        const prompt = promptLength[example]!;
        const from = example * width;
        ids.set(this.#set.tokens.subarray(from, from + prompt), b * width);
        ids.set(path, b * width + prompt);
        rows[b] = b * width + prompt + path.length - 1;
      }
      perPath.push(await session.logits({ ids, rows, headIds: this.#headIds }, 'average'));
    }
    const head = this.#headIds.length;
    return Array.from({ length: count }, (_, b) => {
      const logits = new Float32Array(perPath.length * head);
      for (const [p, all] of perPath.entries()) logits.set(all.subarray(b * head, (b + 1) * head), p * head);
      return { truth: label[first + b]!, probs: this.#trie.probabilities(logits) };
    });
  }

  /** The answer tokens from the end of the prompt to a row of the trie, that row included. */
  #pathTo(row: number): number[] {
    const path: number[] = [];
    for (let at = row; at >= 0; at = this.#trie.rows[at]!.parent) path.unshift(this.#trie.rows[at]!.token);
    return path;
  }
}
