import { readFile } from 'node:fs/promises';
import { decodeAdapter } from '../adapter.ts';
import type { GptSession } from './gpt-session.ts';
import { LabelScorer, type ScoringTask } from './label-scorer.ts';

/** A task of a model that others may share. */
export interface TaskOfModel {
  readonly task: ScoringTask;
  /** The file of the adapter that makes the model this task's; none where it is answered by the model as it is. */
  readonly adapterPath?: string;
}

/** The model with the adapter in a file. Throws `TinyError` when that is not one of this model. */
export async function withAdapter(session: GptSession, path: string | undefined): Promise<GptSession> {
  if (path === undefined) return session;
  return session.adapted(decodeAdapter(session.shape, await readFile(path), path));
}

/**
 * The tasks of one model: each has its prefix, its labels, its adapter and its open windows. Beyond `open` nobody need know
 * which task a sequence is of.
 */
export class TaskScorers {
  readonly #session: GptSession;
  readonly #scorers = new Map<number, LabelScorer>();
  readonly #scorerOf = new Map<number, LabelScorer>();

  constructor(session: GptSession) {
    this.#session = session;
  }

  /** Reads adapter and prefix. Throws `TinyError` where the one is not of this model, or the other longer than its context. */
  async add(id: number, { task, adapterPath }: TaskOfModel): Promise<void> {
    const session = await withAdapter(this.#session, adapterPath);
    this.#scorers.set(id, await LabelScorer.create(session, task));
  }

  /** Its open sequences end with it. */
  remove(id: number): void {
    const scorer = this.#scorers.get(id);
    this.#scorers.delete(id);
    for (const [sequence, owner] of this.#scorerOf) if (owner === scorer) this.#scorerOf.delete(sequence);
  }

  /** Rows computed since the start, those of the label tries included. */
  get rows(): number {
    let rows = 0;
    for (const scorer of this.#scorers.values()) rows += scorer.rows;
    return rows;
  }

  /** A sequence of a task that is not there is not opened: whoever asks for its score is told. */
  open(task: number, sequence: number): void {
    const scorer = this.#scorers.get(task);
    if (!scorer) return;
    this.#scorerOf.set(sequence, scorer);
    scorer.open(sequence);
  }

  push(sequence: number, tokens: readonly number[]): void {
    this.#scorerOf.get(sequence)?.push(sequence, tokens);
  }

  /** These were all tokens. Throws when the sequence is not open. */
  complete(sequence: number): void {
    if (this.#scorers.size === 0)
      throw new Error('this model was started without a task: it has no labels to score');
    this.#of(sequence).complete(sequence);
  }

  /** See `LabelScorer.readable`. */
  *readable(): Generator<{ sequence: number; toCome: number }> {
    for (const scorer of this.#scorers.values()) yield* scorer.readable();
  }

  /** Rows between a sequence and its answer; none where its task was removed, which is told when it is its turn. */
  rowsLeft(sequence: number): number {
    return this.#scorerOf.get(sequence)?.rowsLeft(sequence) ?? 0;
  }

  async read(sequence: number): Promise<void> {
    await this.#scorerOf.get(sequence)?.read(sequence);
  }

  /** See `LabelScorer.advance`. */
  async advance(sequence: number): Promise<Float64Array | undefined> {
    let probabilities: Float64Array | undefined;
    try {
      probabilities = await this.#of(sequence).advance(sequence, this.#isFilling);
    } catch (error) {
      this.#scorerOf.delete(sequence);
      throw error;
    }
    if (probabilities) this.#scorerOf.delete(sequence);
    return probabilities;
  }

  discard(sequence: number): void {
    this.#scorerOf.get(sequence)?.discard(sequence);
    this.#scorerOf.delete(sequence);
  }

  /** Whether a sequence of any task still gets tokens. */
  get #isFilling(): boolean {
    return [...this.#scorers.values()].some(({ isFilling }) => isFilling);
  }

  #of(sequence: number): LabelScorer {
    const scorer = this.#scorerOf.get(sequence);
    if (!scorer) throw new Error(`sequence ${sequence} is not open`);
    return scorer;
  }
}
