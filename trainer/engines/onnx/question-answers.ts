import { LabelTrie } from '../../../model/runtime/label-trie.ts';
import type { Completion } from '../../../protocols/prompt.ts';
import type { ExampleSet } from '../../example-set.ts';
import type { Scored } from '../../metrics.ts';
import type { TrainingSession } from './training-session.ts';

/**
 * Digits after a beginning that is less probable than this are taken as equally probable. A number has dozens of
 * beginnings and each costs a whole run here, where the runtime reads all of them in one.
 */
const LEAST_REACH = 0.01;

/** A place in the trie where answers part ways. */
interface Branch {
  /** The answer's tokens up to it. */
  readonly path: readonly number[];
  /** The answers that lie beyond it, by index. */
  readonly beyond: readonly number[];
}

/** A branch to be read for one example; both by index. */
interface Reading {
  readonly example: number;
  readonly branch: number;
}

/** The examples of a set that ask one question, and the closed set of its answers. */
export class QuestionAnswers {
  readonly name: string;
  readonly size: number;
  /** The numbers that the answers stand for, ascending; absent for labels. */
  readonly values: readonly number[] | undefined;
  readonly #set: ExampleSet;
  /** Indices into the set. */
  readonly #examples: readonly number[];
  readonly #first: number;
  readonly #trie: LabelTrie;
  readonly #branches: readonly Branch[];
  readonly #headIds: Int32Array;

  /** @param completions those of the question; they begin at `first` among the task's */
  constructor(set: ExampleSet, completions: readonly Completion[], first: number) {
    this.name = completions[0]!.question?.name ?? '';
    this.size = completions.length;
    this.values = completions[0]!.value === undefined ? undefined : completions.map(({ value }) => value!);
    this.#set = set;
    this.#first = first;
    this.#examples = [...set.label.keys()].filter((i) => {
      const label = set.label[i]! - first;
      return label >= 0 && label < completions.length;
    });
    // The examples' prompts end with the question.
    this.#trie = new LabelTrie(completions.map(({ label, tokens }) => ({ label, tokens })));
    this.#headIds = Int32Array.from(this.#trie.headIds);
    this.#branches = this.#trie.readRows.map((row) => {
      const path = this.#pathTo(row);
      const isBeyond = (i: number) => path.every((token, depth) => completions[i]!.tokens[depth] === token);
      return { path, beyond: [...completions.keys()].filter(isBeyond) };
    });
  }

  /** @returns one for each example, in their order; truths and probabilities by answer of this question */
  async score(session: TrainingSession, batch: number): Promise<Scored[]> {
    const width = this.#headIds.length;
    const logits = this.#examples.map(() => new Float32Array(this.#branches.length * width));
    const depths = [...new Set(this.#branches.map(({ path }) => path.length))].sort((a, b) => a - b);
    for (const depth of depths) {
      const readings = logits.flatMap((own, example) => this.#worthReading(own, example, depth));
      for (let first = 0; first < readings.length; first += batch) {
        const some = readings.slice(first, first + batch);
        const read = await this.#read(session, some, batch);
        for (const [b, { example, branch }] of some.entries()) {
          logits[example]!.set(read.subarray(b * width, (b + 1) * width), branch * width);
        }
      }
    }
    return this.#examples.map((example, i) => ({
      truth: this.#set.label[example]! - this.#first,
      probs: this.#trie.probabilities(logits[i]!),
    }));
  }

  /** @param logits of the branches before this depth; those of the others are 0 */
  #worthReading(logits: Float32Array, example: number, depth: number): Reading[] {
    const probs = this.values && this.#trie.probabilities(logits);
    return this.#branches.flatMap(({ path, beyond }, branch) => {
      if (path.length !== depth) return [];
      const isWorth = !probs || beyond.reduce((sum, i) => sum + probs[i]!, 0) >= LEAST_REACH;
      return isWorth ? [{ example, branch }] : [];
    });
  }

  /** Row-major (batch, headIds). */
  async #read(session: TrainingSession, readings: readonly Reading[], batch: number): Promise<Float32Array> {
    const { tokensPerExample: width, promptLength, tokens } = this.#set;
    const ids = new Int32Array(batch * width);
    const rows = new Int32Array(batch);
    for (let b = 0; b < batch; b++) {
      // A last batch that is not full repeats its first reading, which is then passed over.
      const { example, branch } = readings[b] ?? readings[0]!;
      const i = this.#examples[example]!;
      const prompt = promptLength[i]!;
      const { path } = this.#branches[branch]!;
      ids.set(tokens.subarray(i * width, i * width + prompt), b * width);
      ids.set(path, b * width + prompt);
      rows[b] = b * width + prompt + path.length - 1;
    }
    return session.logits({ ids, rows, headIds: this.#headIds }, 'average');
  }

  /** The answer tokens from the end of the prompt to a row of the trie, that row included. */
  #pathTo(row: number): number[] {
    const path: number[] = [];
    for (let at = row; at >= 0; at = this.#trie.rows[at]!.parent) path.unshift(this.#trie.rows[at]!.token);
    return path;
  }
}
