import { Progress } from '../../commandline/progress.ts';
import type { TextSink } from '../../commandline/terminal.ts';
import type { FinetuneWatcher, Waiting } from '../engines/engine.ts';

/** Share of the last step in the loss that is shown. */
const SMOOTHING = 0.02;

/** What a person sees while stages run: their messages, one a line, and below them a bar while an engine trains. */
export class TrainingDisplay {
  readonly #sink: TextSink;
  #bar: Progress | undefined;

  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  readonly note = (line: string): void => {
    if (this.#bar) this.#bar.note(line);
    else this.#sink.write(`${line}\n`);
  };

  /** A watcher of one training: its tokens a second, the time left, loss and best validation. */
  readonly watch = (): FinetuneWatcher => {
    let best = 0;
    let smoothLoss: number | undefined;
    let waiting: Waiting | undefined;
    return {
      started: ({ totalTokens, tokensDone }) => {
        this.#bar = new Progress({
          sink: this.#sink,
          label: 'finetune',
          unit: 'tokens',
          total: totalTokens,
          done: tokensDone,
        });
      },
      step: ({ tokens, lossNats }) => {
        smoothLoss ??= lossNats;
        smoothLoss += SMOOTHING * (lossNats - smoothLoss);
        const validation = best > 0 ? [`best macro-F1 ${best.toFixed(3)}`] : [];
        const patience = waiting?.waited ? [`waited ${waiting.waited} of ${waiting.patience}`] : [];
        this.#bar?.advance(tokens, `loss ${smoothLoss.toFixed(3)}`, ...validation, ...patience);
      },
      validated: ({ step, macroF1 }, now) => {
        best = Math.max(best, macroF1);
        waiting = now;
        if (now && now.waited >= now.patience) {
          this.note(`finetune: ends at step ${step}, ${now.waited} validations after the best one`);
        }
      },
      ended: () => {
        this.#bar?.finish();
        this.#bar = undefined;
      },
    };
  };
}
