import type { TruthSpan } from '../../firmware-bridge/virtual-board.ts';
import type { Prediction } from '../../protocols/prediction.ts';
import { type TaskSpec, windowUs } from '../../protocols/task.ts';

/** A prediction beside the truth. `span` is undefined when nothing was being played: the answer came out of idle. */
export interface Verdict {
  readonly span: TruthSpan | undefined;
  /** Undefined for an answer of unknown: it claims nothing. */
  readonly isRight: boolean | undefined;
}

/** How an hour, or twenty seconds, went. */
export interface Score {
  /** Spans that were answered, or played whole with time for an answer. */
  readonly spans: number;
  /** Spans by what was answered; they add up to `spans`. `missed`: no answer, or unknown. */
  readonly right: number;
  readonly wrong: number;
  readonly missed: number;
  /** Spans that got several answers; only a task with a trigger should answer once. */
  readonly doubled: number;
  readonly answers: number;
  readonly rightAnswers: number;
  readonly falseInIdle: number;
  readonly idleMinutes: number;
  /** Share of spans with exactly one right answer, or, without a trigger, of right answers; null before the first. */
  readonly accuracy: number | null;
  readonly latencyMs: { readonly p50: number | null; readonly p95: number | null };
}

/** Of a demo that runs for days, the last hours count. */
const REMEMBERED_SPANS = 10_000;

/** Compares what was predicted with what was played. Pure book-keeping: no clock, no sockets. */
export class Scoreboard {
  readonly #rememberedSpans: number;
  /** What came before is forgotten. */
  #startUs: number;
  /** From the start of a window to the moment that it is about. */
  readonly #momentUs: number;
  /** From that moment to the end of the window. */
  readonly #afterUs: number;
  readonly #answersOnce: boolean;
  readonly #spans: TruthSpan[] = [];
  #predictions: Prediction[] = [];

  /** @param startUs when the first sample was measured */
  constructor(task: TaskSpec, startUs: number, rememberedSpans = REMEMBERED_SPANS) {
    const { trigger } = task.window;
    const lengthUs = windowUs(task);
    this.#rememberedSpans = rememberedSpans;
    this.#startUs = startUs;
    this.#momentUs = trigger ? trigger.preMs * 1000 : lengthUs / 2;
    this.#afterUs = lengthUs - this.#momentUs;
    this.#answersOnce = trigger !== undefined;
  }

  /** A recording begins to play. In the order of time. */
  played(span: TruthSpan): void {
    this.#spans.push(span);
    if (this.#spans.length <= this.#rememberedSpans) return;
    this.#startUs = this.#spans.shift()!.endUs;
    this.#predictions = this.#predictions.filter((prediction) => this.#momentOf(prediction) >= this.#startUs);
  }

  predicted(prediction: Prediction): Verdict {
    this.#predictions.push(prediction);
    const span = this.#spanOf(prediction);
    return { span, isRight: prediction.label === null ? undefined : prediction.label === span?.label };
  }

  /** The score at `untilUs`; what was still going on and had no answer yet does not count. */
  score(untilUs: number): Score {
    const answersOf = new Map<TruthSpan | undefined, Prediction[]>();
    for (const prediction of this.#predictions) {
      if (prediction.label === null) continue;
      const span = this.#spanOf(prediction);
      answersOf.set(span, [...(answersOf.get(span) ?? []), prediction]);
    }

    const judged = this.#spans.filter((span) => answersOf.has(span) || span.endUs + this.#afterUs <= untilUs);
    const tally = { right: 0, wrong: 0, missed: 0, doubled: 0 };
    let answers = 0;
    let rightAnswers = 0;
    for (const span of judged) {
      const given = answersOf.get(span) ?? [];
      const right = given.filter(({ label }) => label === span.label).length;
      answers += given.length;
      rightAnswers += right;
      if (given.length === 0) tally.missed++;
      else if (this.#answersOnce && given.length > 1) tally.doubled++;
      else if (right === given.length) tally.right++;
      else tally.wrong++;
    }

    const latencies = this.#predictions.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
    const [good, all] = this.#answersOnce ? [tally.right, judged.length] : [rightAnswers, answers];
    return {
      spans: judged.length,
      ...tally,
      answers,
      rightAnswers,
      falseInIdle: answersOf.get(undefined)?.length ?? 0,
      idleMinutes: this.#idleUs(untilUs) / 60e6,
      accuracy: all === 0 ? null : good / all,
      latencyMs: { p50: quantile(latencies, 0.5), p95: quantile(latencies, 0.95) },
    };
  }

  #momentOf({ window }: Prediction): number {
    return window.start * 1000 + this.#momentUs;
  }

  #spanOf(prediction: Prediction): TruthSpan | undefined {
    const momentUs = this.#momentOf(prediction);
    return this.#spans.findLast(({ startUs, endUs }) => startUs <= momentUs && momentUs < endUs);
  }

  #idleUs(untilUs: number): number {
    const playedUs = this.#spans.reduce(
      (sum, { startUs, endUs }) => sum + Math.max(0, Math.min(endUs, untilUs) - startUs),
      0,
    );
    return untilUs - this.#startUs - playedUs;
  }
}

/** The value at a share of the ascending ones, by nearest rank; null when there are none. */
const quantile = (ascending: readonly number[], share: number): number | null =>
  ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? null;
