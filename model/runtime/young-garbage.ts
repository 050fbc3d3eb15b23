import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** So much may lie about. A collection takes 0.3 ms, and the runs that leave this much take a hundred times as long. */
const MOST_BYTES = 4 << 20;

/**
 * Keeps down what short-lived buffers take. V8 collects when there are many new objects, and the outputs of a run are few
 * large ones: it would let 30 MB of them lie about.
 */
export class YoungGarbage {
  readonly #collect = collector();
  #bytes = 0;

  /** So much is garbage, or will soon be. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < MOST_BYTES) return;
    this.#bytes = 0;
    this.#collect?.({ type: 'minor' });
  }
}

type Collect = (options: { readonly type: 'minor' }) => void;

/**
 * V8's own function. Contexts that begin after the flag was set have it, and no thread may take the flag back: another
 * may just be asking.
 */
function collector(): Collect | undefined {
  setFlagsFromString('--expose-gc');
  return runInNewContext('globalThis.gc') as Collect | undefined;
}
