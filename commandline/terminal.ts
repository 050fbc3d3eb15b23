/** What we need of an output stream; `process.stdout` and `process.stderr` are two. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Width of the terminal in characters. */
  readonly columns?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Paint = (text: string) => string;

/** Colours for one stream; each is the identity where colour is not wanted. */
export interface Palette {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

/** Colour only on a terminal, and never with `NO_COLOR` (https://no-color.org) or `TERM=dumb`. */
export function wantsColour(sink: TextSink, environment: Environment = process.env): boolean {
  if (environment.NO_COLOR || environment.TERM === 'dumb') return false;
  return sink.isTTY === true;
}

/** The palette for a stream: ANSI SGR codes where it wants colour, plain text elsewhere. */
export function palette(sink: TextSink, environment: Environment = process.env): Palette {
  const colour = wantsColour(sink, environment);
  const paint =
    (on: number, off: number): Paint =>
    (text) =>
      colour ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}
