import type { Topics } from '../../protocols/topics.ts';

/** Topics that are remembered; one more, and all are learnt anew. Anybody may make up names. */
const MAX_TOPICS = 10_000;

/**
 * The boards of topics that were seen before. Every message brings a topic of its own making; the board's name is then one
 * and the same text for all of a board's messages, so that whatever is kept by board finds it without comparing letters.
 */
export class KnownBoards {
  readonly #topics: Topics;
  readonly #boards = new Map<string, string>();

  constructor(topics: Topics) {
    this.#topics = topics;
  }

  /** Undefined when the topic names none. */
  ofReadings(topic: string): string | undefined {
    const known = this.#boards.get(topic);
    if (known !== undefined) return known;
    const board = this.#topics.boardOfReadings(topic);
    if (board === undefined) return undefined;
    if (this.#boards.size === MAX_TOPICS) this.#boards.clear();
    this.#boards.set(topic, board);
    return board;
  }
}
