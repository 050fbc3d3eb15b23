import type { SensorReading } from '../../protocols/reading.ts';
import type { Recording } from '../../protocols/recording.ts';
import { BoardRecorder } from './board-recorder.ts';

export interface RecorderOptions {
  /** Begins the names of the recordings: with a date in it, no two sessions share one. */
  readonly session: string;
  /** Who or what is recorded: honest splits keep it on one side. */
  readonly group?: string | undefined;
  readonly split?: string | undefined;
  readonly nowMs?: () => number;
}

/** Collects what boards send together with what a person says is going on: the same label for all of them. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #nowMs: () => number;
  readonly #parts: BoardRecorder[] = [];
  /** The newest part of each board. */
  readonly #current = new Map<string, BoardRecorder>();
  #label: string | undefined;
  #labelledMs: number;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#labelledMs = this.#nowMs();
  }

  get label(): string | undefined {
    return this.#label;
  }

  /** Since when it holds, epoch milliseconds. */
  get labelledMs(): number {
    return this.#labelledMs;
  }

  get boards(): readonly BoardRecorder[] {
    return [...this.#current.values()];
  }

  add(reading: SensorReading): void {
    let part = this.#current.get(reading.board);
    if (part === undefined || part.isRestart(reading)) {
      part = new BoardRecorder(reading.board);
      part.label(this.#label, this.#nowMs());
      this.#parts.push(part);
      this.#current.set(reading.board, part);
    }
    part.add(reading);
  }

  /** From now on this is going on; undefined: nothing that is of interest, or nobody knows. */
  setLabel(label: string | undefined): void {
    if (label === this.#label) return;
    this.#label = label;
    this.#labelledMs = this.#nowMs();
    for (const part of this.#current.values()) part.label(label, this.#labelledMs);
  }

  /** All that has come so far. */
  recordings(): Recording[] {
    const { session, group, split } = this.#options;
    const named = { ...(group !== undefined && { group }), ...(split !== undefined && { split }) };
    return this.#parts.flatMap((part, i) => {
      const id = `${session}-${part.board}${this.#parts.length === 1 ? '' : `-${i + 1}`}`;
      return part.recording({ id, ...named }, this.#nowMs()) ?? [];
    });
  }
}
