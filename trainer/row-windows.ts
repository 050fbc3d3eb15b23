import type { RandomStream } from '../model/random.ts';
import type { Recording } from '../protocols/recording.ts';
import { readingsOf } from '../protocols/recording.ts';
import { type TaskSpec, toUs, windowUs } from '../protocols/task.ts';
import type { Row } from '../protocols/window.ts';
import { warmUpMs } from '../protocols/window-spec.ts';
import { cutWindowOverGaps, Windower } from '../protocols/windower.ts';
import type { LabelledRow } from './datasets/dataset.ts';
import type { StartRule } from './recipe-keys.ts';

const samplePeriodUs = ({ rateHz }: Pick<Recording, 'rateHz'>): number => Math.round(1e6 / rateHz);

/**
 * How far a window can reach over either end of a row: it may begin at the row's last sample, and a trigger wants what it
 * compares with before the first.
 */
export function overhangSamples(spec: TaskSpec, recording: Recording, mostShiftSamples: number): number {
  const { trigger } = spec.window;
  const reachUs = windowUs(spec) + (trigger ? toUs(warmUpMs(trigger)) : 0);
  return Math.ceil(reachUs / samplePeriodUs(recording)) + mostShiftSamples;
}

/** A recording with its first and last sample repeated, so that windows can be moved over its ends. */
export function extendEdges(recording: Recording, samples: number): Recording {
  const { timesUs, values, channels, rateHz } = recording;
  const n = timesUs.length;
  const width = channels.length;
  const periodUs = samplePeriodUs({ rateHz });
  const at = (i: number) => Math.min(n - 1, Math.max(0, i - samples));
  const total = n + 2 * samples;
  return {
    ...recording,
    timesUs: Float64Array.from(
      { length: total },
      (_, i) => timesUs[at(i)]! + (i - samples - at(i)) * periodUs,
    ),
    values: Float64Array.from({ length: total * width }, (_, k) => {
      return values[at(Math.floor(k / width)) * width + (k % width)]!;
    }),
  };
}

/** A row with what was measured before and after it where that is known, and repeated edges where it is not. */
export function surroundings({ recording, context }: LabelledRow, samples: number): Recording {
  if (!context) return extendEdges(recording, samples);
  const { timesUs, values, channels } = context;
  const first = timesUs.indexOf(recording.timesUs[0]!);
  const from = Math.max(0, first - samples);
  const to = Math.min(timesUs.length, first + recording.timesUs.length + samples);
  const around = {
    ...recording,
    timesUs: timesUs.subarray(from, to),
    values: values.subarray(from * channels.length, to * channels.length),
  };
  return extendEdges(around, samples);
}

/**
 * The window that begins at a row's first sample, moved by whole samples. Edge samples are repeated as far as the
 * window reaches over them, and what is missing inside is filled as the task's channels say, so every row has one.
 */
export function rowWindow(spec: TaskSpec, { recording }: LabelledRow, shiftSamples: number): readonly Row[] {
  const startUs = recording.timesUs[0]! + shiftSamples * samplePeriodUs(recording);
  const extended = extendEdges(recording, overhangSamples(spec, recording, Math.abs(shiftSamples)));
  return cutWindowOverGaps(spec, extended, startUs).rows;
}

/** Where the task's trigger opens its first window in a recording; undefined where it never does. */
export function triggeredStartUs(spec: TaskSpec, recording: Recording): number | undefined {
  const windower = new Windower(spec);
  for (const reading of readingsOf(recording)) {
    for (const event of windower.add(reading)) if (event.type === 'opened') return event.startUs;
  }
  return undefined;
}

/** Draws where a training window of a row begins. */
export class StartSampler {
  readonly #rules: readonly StartRule[];
  readonly #periodUs: number;
  readonly #rowStartUs: number;
  readonly #triggerStartUs: number;

  /** @param extended the row with its edges repeated */
  constructor(spec: TaskSpec, rules: readonly StartRule[], row: Recording, extended: Recording) {
    this.#rules = rules;
    this.#periodUs = samplePeriodUs(row);
    this.#rowStartUs = row.timesUs[0]!;
    // A row in which the trigger sees nothing still teaches what it looks like.
    this.#triggerStartUs = spec.window.trigger
      ? (triggeredStartUs(spec, extended) ?? this.#rowStartUs)
      : this.#rowStartUs;
  }

  draw(random: RandomStream): number {
    const rule = weightedChoice(this.#rules, random);
    const shift = random.integer(2 * rule.shiftSamples + 1) - rule.shiftSamples;
    return this.exact(rule.from, shift);
  }

  exact(from: StartRule['from'], shiftSamples: number): number {
    const base = from === 'row' ? this.#rowStartUs : this.#triggerStartUs;
    return base + shiftSamples * this.#periodUs;
  }
}

function weightedChoice(rules: readonly StartRule[], random: RandomStream): StartRule {
  let left = random.uniform() * rules.reduce((sum, { share }) => sum + share, 0);
  for (const rule of rules) {
    left -= rule.share;
    if (left < 0) return rule;
  }
  return rules.at(-1)!;
}
