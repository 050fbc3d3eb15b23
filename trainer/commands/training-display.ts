import { Progress } from '../../commandline/progress.ts';
import type { TextSink } from '../../commandline/terminal.ts';
import {
  type FinetuneWatcher,
  merit,
  type ValidationResult,
  validationText,
  type Waiting,
} from '../engines/engine.ts';

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
  readonly watch = (title = 'finetune'): FinetuneWatcher => {
    let best: ValidationResult | undefined;
    let smoothLoss: number | undefined;
    let waiting: Waiting | undefined;
    return {
      started: ({ totalTokens, tokensDone }) => {
        this.#bar = new Progress({
          sink: this.#sink,
          label: title,
          unit: 'tokens',
          total: totalTokens,
          done: tokensDone,
        });
      },
      step: ({ tokens, lossNats }) => {
        smoothLoss ??= lossNats;
        smoothLoss += SMOOTHING * (lossNats - smoothLoss);
        const validation = best ? [`best ${validationText(best)}`] : [];
        const patience = waiting?.waited ? [`waited ${waiting.waited} of ${waiting.patience}`] : [];
        this.#bar?.advance(tokens, `loss ${smoothLoss.toFixed(3)}`, ...validation, ...patience);
      },
      validated: (result, now) => {
        if (!best || merit(result) > merit(best)) best = result;
        waiting = now;
        if (now && now.waited >= now.patience) {
          this.note(`${title}: ends at step ${result.step}, ${now.waited} validations after the best one`);
        }
      },
      ended: () => {
        this.#bar?.finish();
        this.#bar = undefined;
      },
    };
  };
}
