import { Progress } from '../../commandline/progress.ts';
import type { TextSink } from '../../commandline/terminal.ts';
import type { LanguageValidation, PretrainWatcher } from '../engines/pretrain-job.ts';

/** Share of the last step in the loss that is shown. */
const SMOOTHING = 0.02;

export const languageText = ({ lossNats, bitsPerByte }: LanguageValidation): string =>
  `${lossNats.toFixed(4)} nats a token, ${bitsPerByte.toFixed(4)} bits per byte`;

/** What a person sees while a model is pre-trained: messages, one a line, and below them a bar. */
export class PretrainDisplay {
  readonly #sink: TextSink;
  #bar: Progress | undefined;
  #smoothLoss: number | undefined;
  #skipped = 0;

  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  readonly note = (line: string): void => {
    if (this.#bar) this.#bar.note(line);
    else this.#sink.write(`${line}\n`);
  };

  readonly watcher: PretrainWatcher = {
    started: ({ totalTokens, tokensDone }) => {
      this.#bar = new Progress({
        sink: this.#sink,
        label: 'pretrain',
        unit: 'tokens',
        total: totalTokens,
        done: tokensDone,
      });
    },
    step: ({ step, tokens, lossNats, isSkipped }) => {
      this.#smoothLoss ??= lossNats;
      if (isSkipped) {
        this.#skipped++;
        this.note(`pretrain: step ${step} left out, an outlier: loss ${lossNats.toFixed(3)}`);
      } else this.#smoothLoss += SMOOTHING * (lossNats - this.#smoothLoss);
      const skipped = this.#skipped > 0 ? [`${this.#skipped} steps left out`] : [];
      this.#bar?.advance(tokens, `loss ${this.#smoothLoss.toFixed(3)}`, ...skipped);
    },
    validated: (result) => this.note(`pretrain: step ${result.step}: validation ${languageText(result)}`),
    saved: async () => {},
    ended: () => {
      this.#bar?.finish();
      this.#bar = undefined;
    },
  };
}
