import type { ChannelName } from '../../protocols/channels.ts';
import { unitOf } from '../../protocols/channels.ts';
import {
  type BoardDescription,
  FrameEncoder,
  HELLO_EVERY_MS,
  STATUS_EVERY_MS,
} from '../../protocols/frames.ts';

/** How a board may speak (docs/wire-format.md). */
export const FORMATS = ['frames', 'csv', 'ndjson'] as const;
export type Format = (typeof FORMATS)[number];

/** Something that a board says at once: a frame, not stuffed, or a line of text, without its end. */
export interface Message {
  readonly bytes: Uint8Array;
  /** How many samples it carries. */
  readonly samples: number;
}

/** A sample on the board's own clock. */
export interface BoardSample {
  /** Microseconds since the board started, an integer. */
  readonly boardUs: number;
  readonly seq: number;
  /** One value a channel, in the channel's own unit; NaN: not measured. */
  readonly values: readonly number[];
}

/** What a board is, to who listens. */
export interface Speaker {
  readonly board: string;
  readonly channels: readonly ChannelName[];
  readonly rateHz: number;
}

/** Turns samples into what the board says, announcements in between included. */
export interface Speech {
  /** @param asked a host wants to know who this is */
  say(sample: BoardSample, asked: boolean): Message[];
}

/** @param session number of this life of the board, an unsigned 32-bit one; of use to frames alone */
export function speechOf(format: Format, speaker: Speaker, session: number): Speech {
  if (format === 'frames') return new Frames(speaker, session);
  return format === 'csv' ? new Table(speaker) : new JsonLines(speaker);
}

class Frames implements Speech {
  readonly #encoder: FrameEncoder;
  readonly #hello = new Every(HELLO_EVERY_MS);
  readonly #status = new Every(STATUS_EVERY_MS);

  constructor({ board, channels, rateHz }: Speaker, session: number) {
    const description: BoardDescription = {
      board,
      firmware: 'tinyllm simulate',
      rateHz,
      encoding: 'float32',
      clock: 'boot',
      channels: channels.map((name) => ({ name, unit: unitOf(name), scale: 1 })),
    };
    this.#encoder = new FrameEncoder(description, session);
  }

  say({ boardUs, values }: BoardSample, asked: boolean): Message[] {
    const messages: Message[] = [];
    if (this.#hello.isDue(boardUs) || asked)
      messages.push({ bytes: this.#encoder.hello(boardUs), samples: 0 });
    messages.push({ bytes: this.#encoder.samples({ timeUs: boardUs, rows: [values] }), samples: 1 });
    if (this.#status.isDue(boardUs)) messages.push({ bytes: this.#encoder.status(boardUs), samples: 0 });
    return messages;
  }
}

class Table implements Speech {
  readonly #header: Message;
  readonly #announce = new Every(HELLO_EVERY_MS);

  constructor({ channels }: Speaker) {
    // An empty line before it ends whatever was torn off before.
    this.#header = line(`\n${['micros', 'seq', ...channels].join(',')}`, 0);
  }

  say({ boardUs, seq, values }: BoardSample): Message[] {
    const cells = values.map((value) => (Number.isNaN(value) ? '' : String(value)));
    const row = line([uint32(boardUs), seq, ...cells].join(','), 1);
    return this.#announce.isDue(boardUs) ? [this.#header, row] : [row];
  }
}

class JsonLines implements Speech {
  readonly #channels: readonly ChannelName[];

  constructor({ channels }: Speaker) {
    this.#channels = channels;
  }

  say({ seq, values }: BoardSample): Message[] {
    const measured = this.#channels.flatMap((channel, c) =>
      Number.isNaN(values[c]!) ? [] : [[channel, values[c]!] as const],
    );
    return [line(JSON.stringify({ seq, v: Object.fromEntries(measured) }), 1)];
  }
}

/** As `micros()` of an Arduino counts. */
const uint32 = (us: number): number => us % 2 ** 32;

const line = (text: string, samples: number): Message => ({ bytes: Buffer.from(text), samples });

/** Due at first, and whenever so much time of the board has passed. */
class Every {
  readonly #everyUs: number;
  #nextUs = Number.NEGATIVE_INFINITY;

  constructor(everyMs: number) {
    this.#everyUs = everyMs * 1000;
  }

  isDue(nowUs: number): boolean {
    if (nowUs < this.#nextUs) return false;
    this.#nextUs = nowUs + this.#everyUs;
    return true;
  }
}
