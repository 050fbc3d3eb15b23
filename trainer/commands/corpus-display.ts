import { Progress } from '../../commandline/progress.ts';
import type { TextSink } from '../../commandline/terminal.ts';
import type { PieceProgress } from '../corpus/prepare-piece.ts';
import type { CorpusWatcher } from '../corpus/prepare-pieces.ts';

const MB = 1e6;

/** What a person sees while a corpus is prepared: MB of the sources, their rate and the time left, and tokens. */
export class CorpusDisplay implements CorpusWatcher {
  readonly #sink: TextSink;
  #bar: Progress | undefined;
  #bytes = 0;
  #shownMb = 0;
  #tokens = 0;

  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  readonly note = (line: string): void => {
    if (this.#bar) this.#bar.note(line);
    else this.#sink.write(`${line}\n`);
  };

  readonly started = (sourceBytes: number, bytesDone: number): void => {
    this.#bytes = bytesDone;
    this.#shownMb = Math.round(bytesDone / MB);
    const total = Math.round(sourceBytes / MB);
    this.#bar = new Progress({ sink: this.#sink, label: 'prepare', unit: 'MB', total, done: this.#shownMb });
  };

  readonly progress = ({ sourceBytes, tokens }: PieceProgress): void => {
    this.#bytes += sourceBytes;
    this.#tokens += tokens;
    const mb = Math.round(this.#bytes / MB);
    this.#bar?.advance(mb - this.#shownMb, `${(this.#tokens / 1e6).toFixed(1)} M tokens`);
    this.#shownMb = mb;
  };

  readonly ended = (): void => {
    this.#bar?.finish();
    this.#bar = undefined;
  };
}
