import type { ChannelName } from '../../protocols/channels.ts';
import type { Recording } from '../../protocols/recording.ts';
import { Seeded } from '../seeded.ts';
import { type Disturbances, gaussian, NO_DISTURBANCES, spreads } from './disturbance.ts';
import { type BoardSample, type Format, type Message, speechOf } from './speech.ts';

export interface SimulatedBoardOptions {
  readonly board: string;
  readonly format: Format;
  /** Times the pace of the recording: the board measures so many times as often. */
  readonly speed: number;
  /** Begin again at the end. */
  readonly loop: boolean;
  /** Draws the disturbances, and the number of the session. */
  readonly seed: number;
  readonly disturbances?: Partial<Disturbances>;
  /** Whether a host has asked who this is since the last message. */
  readonly isAsked?: () => boolean;
}

/** A message and what becomes of it. */
export interface Transmission {
  readonly message: Message;
  /** When it leaves the board, in milliseconds from the start. */
  readonly dueMs: number;
  readonly fate: 'sent' | 'lost' | 'damaged';
}

/** Between two recordings, so that no window reaches from one into the other by accident. */
const PAUSE_US = 1_000_000;

/**
 * A board that measures what recordings hold, in their order, and says it in a format of its own choice. A function of
 * its options alone, as long as nobody asks it anything: the same seed makes the same bytes, noise and losses included.
 */
export function* simulatedBoard(
  recordings: readonly Recording[],
  options: SimulatedBoardOptions,
): Generator<Transmission> {
  const disturbances = { ...NO_DISTURBANCES, ...options.disturbances };
  const random = new Seeded(options.seed);
  const session = Math.floor(random.uniform() * 2 ** 32);
  const channels = [...new Set(recordings.flatMap((recording) => recording.channels))];
  const rateHz = (recordings[0]?.rateHz ?? 0) * options.speed;
  const speech = speechOf(options.format, { board: options.board, channels, rateHz }, session);
  let lastMs = 0;
  for (const { atUs, sample } of measured(recordings, channels, options, disturbances, random)) {
    const messages = speech.say(sample, options.isAsked?.() ?? false);
    for (const transmission of withFates(messages, disturbances, random)) {
      // What was held up holds up what comes after it.
      lastMs = Math.max(lastMs, atUs / 1000 + random.uniform() * disturbances.jitterMs);
      yield { ...transmission, dueMs: lastMs };
    }
  }
}

interface Measured {
  /** True time since the start. */
  readonly atUs: number;
  readonly sample: BoardSample;
}

function* measured(
  recordings: readonly Recording[],
  channels: readonly ChannelName[],
  { speed, loop }: SimulatedBoardOptions,
  { noise, driftPpm }: Disturbances,
  random: Seeded,
): Generator<Measured> {
  const sd = spreads(recordings);
  const noisy = (value: number, channel: ChannelName): number =>
    noise === 0 ? value : value + noise * (sd.get(channel) ?? 0) * gaussian(random);
  let seq = 0;
  let startUs = 0;
  do {
    for (const { channels: own, timesUs, values } of recordings) {
      const place = channels.map((channel) => own.indexOf(channel));
      const firstUs = timesUs[0] ?? 0;
      for (const [i, timeUs] of timesUs.entries()) {
        const atUs = (startUs + timeUs - firstUs) / speed;
        yield {
          atUs,
          sample: {
            boardUs: Math.round(atUs * (1 + driftPpm / 1e6)),
            seq: seq++ % 2 ** 32,
            values: place.map((at, c) =>
              at < 0 ? Number.NaN : noisy(values[i * own.length + at]!, channels[c]!),
            ),
          },
        };
      }
      startUs += (timesUs.at(-1) ?? firstUs) - firstUs + PAUSE_US;
    }
  } while (loop && seq > 0);
}

function* withFates(
  messages: readonly Message[],
  { loss, damage }: Disturbances,
  random: Seeded,
): Generator<Omit<Transmission, 'dueMs'>> {
  for (const message of messages) {
    const draw = random.uniform();
    yield { message, fate: draw < loss ? 'lost' : draw < loss + damage ? 'damaged' : 'sent' };
  }
}
