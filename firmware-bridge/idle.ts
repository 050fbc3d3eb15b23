import type { Recording } from '../protocols/recording.ts';

/** When nothing happens in front of a sensor. */
export interface QuietRule {
  /** This channel stays at this level or above .. */
  readonly channel: string;
  readonly atLeast: number;
  /** .. and every other one within this share of its value at the recording's edge, or within `slack` of it. */
  readonly within: number;
  readonly slack: number;
}

/** A sample of a recording, by its place. */
export interface SampleRef {
  readonly recording: Recording;
  readonly index: number;
}

/** How many samples at the head and at the tail of a recording are quiet. */
export function quietEnds(recording: Recording, rule: QuietRule): { head: number; tail: number } {
  const length = recording.timesUs.length;
  const last = length - 1;
  const run = (at: (step: number) => number): number => {
    let quiet = 0;
    while (quiet < length && isQuiet(recording, at(quiet), at(0), rule)) quiet++;
    return quiet;
  };
  return { head: run((step) => step), tail: run((step) => last - step) };
}

function isQuiet(recording: Recording, index: number, edge: number, rule: QuietRule): boolean {
  return recording.channels.every((channel, c) => {
    const value = valueAt(recording, index, c);
    if (channel === rule.channel) return value >= rule.atLeast;
    const atEdge = valueAt(recording, edge, c);
    return Math.abs(value - atEdge) <= Math.max(rule.slack, rule.within * Math.abs(atEdge));
  });
}

const valueAt = ({ channels, values }: Recording, index: number, channel: number): number =>
  values[index * channels.length + channel]!;

/**
 * Idle time between two recordings, made of their own quiet samples and of nothing else: the tail of the one before
 * is played back and forth away from its end, then the head of the one after towards its beginning, so the signal is
 * continuous at both seams. Without a recording before, or where one has no quiet end, the other gives it all.
 *
 * @returns (samples) references; none when neither end is quiet
 */
export function idleBetween(
  before: Recording | undefined,
  after: Recording,
  samples: number,
  rule: QuietRule,
): SampleRef[] {
  const tail = before === undefined ? 0 : quietEnds(before, rule).tail;
  const { head } = quietEnds(after, rule);
  const fromTail = head === 0 ? samples : tail === 0 ? 0 : Math.ceil(samples / 2);

  const idle: SampleRef[] = [];
  if (before !== undefined && tail > 0) {
    const last = before.timesUs.length - 1;
    for (let k = 1; k <= fromTail; k++) idle.push({ recording: before, index: last - backAndForth(k, tail) });
  }
  if (head > 0) {
    for (let k = samples - fromTail; k >= 1; k--)
      idle.push({ recording: after, index: backAndForth(k, head) });
  }
  return idle;
}

/** The triangle wave 0, 1, .. length-1, length-2, .. 0, 1, .. at step `k`. */
function backAndForth(k: number, length: number): number {
  if (length === 1) return 0;
  const top = length - 1;
  const phase = k % (2 * top);
  return phase <= top ? phase : 2 * top - phase;
}
