import { Observable } from 'rxjs';

/** What a person wants. */
export type Wish = { readonly kind: 'label'; readonly label: string | undefined } | { readonly kind: 'end' };

const CTRL_C = '\x03';
const CTRL_D = '\x04';

/** The keys: 1 to 9 for the labels in their order, then letters; space or 0 for none; q, Ctrl-C or Ctrl-D to end. */
export class Keys {
  readonly #labels = new Map<string, string>();

  constructor(labels: readonly string[]) {
    const free = [...'123456789abcdefghijklmnoprstuvwxyz'];
    for (const [i, label] of labels.entries()) if (i < free.length) this.#labels.set(free[i]!, label);
  }

  wish(key: string): Wish | undefined {
    if (key === 'q' || key === CTRL_C || key === CTRL_D) return { kind: 'end' };
    if (key === ' ' || key === '0') return { kind: 'label', label: undefined };
    const label = this.#labels.get(key.toLowerCase());
    return label === undefined ? undefined : { kind: 'label', label };
  }

  /** `1 Tap  2 Hold  space none  q end` */
  get legend(): string {
    const labels = [...this.#labels].map(([key, label]) => `${key} ${label}`);
    return [...labels, 'space none', 'q end'].join('  ');
  }
}

/** What the keys of a terminal ask for. It is given back as it was when the subscription ends. */
export const wishes = (keys: Keys, terminal: NodeJS.ReadStream): Observable<Wish> =>
  new Observable((subscriber) => {
    const onData = (chunk: Buffer): void => {
      for (const key of chunk.toString()) {
        const wish = keys.wish(key);
        if (wish !== undefined) subscriber.next(wish);
      }
    };
    terminal.setRawMode(true);
    terminal.on('data', onData);
    terminal.resume();
    return () => {
      terminal.off('data', onData);
      terminal.setRawMode(false);
      terminal.pause();
    };
  });
