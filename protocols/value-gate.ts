import { type ChannelName, converter, isChannel, unitOf } from './channels.ts';

/** Why a reading, or one value of it, was refused. Each is a counter in the agent's health. */
export type RefusalReason =
  | 'malformed' // not JSON, or not in the shape of the contract
  | 'unknownChannel'
  | 'wrongUnit'
  | 'notFinite' // not a finite number: null, a text, beyond the range of doubles
  | 'future' // its time is ahead of this machine's clock by more than allowed
  | 'past'; // its time is older than allowed

export interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
  /** The one that is wrong, as the board wrote it; absent when it is not about one. */
  readonly channel?: string;
}

/** Lets good values pass, in the channels' own units, and keeps one refusal for each that is not. */
export class ValueGate {
  readonly refusals: Refusal[] = [];

  refuse(reason: RefusalReason, message: string, channel?: string): void {
    this.refusals.push({ reason, message, ...(channel !== undefined && { channel }) });
  }

  /** The good values of a reading, or undefined when none is left. */
  admit(
    values: Iterable<readonly [channel: string, value: unknown]>,
    units: Readonly<Record<string, string>> | undefined,
  ): Record<ChannelName, number> | undefined {
    const good: Record<ChannelName, number> = {};
    let any = false;
    for (const [channel, value] of values) {
      if (!isChannel(channel)) {
        this.refuse('unknownChannel', `unknown channel "${channel}"`, channel);
        continue;
      }
      const unit = units?.[channel] ?? unitOf(channel);
      const convert = converter(channel, unit);
      if (!convert) {
        this.refuse('wrongUnit', `${channel} in "${unit}" cannot be converted`, channel);
        continue;
      }
      const own = typeof value === 'number' ? convert(value) : Number.NaN;
      if (!Number.isFinite(own)) {
        this.refuse('notFinite', `${channel} has no finite value`, channel);
        continue;
      }
      good[channel] = own;
      any = true;
    }
    return any ? good : undefined;
  }
}
