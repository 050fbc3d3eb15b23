import type { Prediction } from '../../protocols/prediction.ts';
import type { LabelSpan, Recording } from '../../protocols/recording.ts';
import { type TaskSpec, toUs, windowUs } from '../../protocols/task.ts';
import { coveredUs, majorityLabel, type Stretch, touches } from '../../protocols/truth-timeline.ts';

/** Nothing that a triggered task waits for. */
export const IDLE = 'idle';
/** Answered, but not surely enough. */
export const UNKNOWN = 'unknown';

/** One second of a recording, beside what the model said of it. */
export interface Second extends Stretch {
  /** What happens in it; null where the recording does not say. */
  readonly now: string | null;
  /** What the answer is judged by; null where the recording does not say. */
  readonly truth: string | null;
  /** A label, `unknown`, or `idle` of a triggered task; null where no prediction stands. */
  readonly answer: string | null;
}

/** When the truth changed, and how long after that the first right answer came; null: none did. */
export interface Change {
  readonly label: string;
  readonly latencyS: number | null;
}

type Answered = Pick<Prediction, 'label' | 'window'>;
type Truth = Pick<Recording, 'labels' | 'timesUs' | 'rateHz'>;

const SECOND_US = 1_000_000;

/**
 * Every whole second of a recording.
 *
 * Windows that follow each other: at the end of each second the newest answer stands, unless its window ended longer ago
 * than a window is long. It is judged by the label that fills most of its own window, since it can know of nothing later;
 * `now` is kept for the stricter question, what happens in that very second.
 *
 * Windows that a trigger opens: an answer is about the event that fills most of its window, and counts for every second of
 * that event; one that is about no event counts for the seconds which its window covers. All else is answered `idle`, as
 * is what is `unknown`: no event is reported.
 *
 * @param predictions in the order of their windows' ends
 */
export function secondsOf(spec: TaskSpec, recording: Truth, predictions: readonly Answered[]): Second[] {
  const { timesUs, rateHz } = recording;
  const startUs = timesUs[0] ?? 0;
  const lengthUs = (timesUs.at(-1) ?? 0) + 1e6 / rateHz - startUs;
  const seconds = Array.from({ length: Math.floor(lengthUs / SECOND_US) }, (_, i) => ({
    startUs: startUs + i * SECOND_US,
    endUs: startUs + (i + 1) * SECOND_US,
  }));
  return spec.window.trigger
    ? eventSeconds(recording.labels, seconds, predictions)
    : standingSeconds(spec, recording.labels, seconds, predictions);
}

function standingSeconds(
  spec: TaskSpec,
  labels: readonly LabelSpan[],
  seconds: readonly Stretch[],
  predictions: readonly Answered[],
): Second[] {
  const standsUs = Math.max(windowUs(spec), toUs(spec.window.hopMs ?? 0));
  let next = 0;
  return seconds.map((second) => {
    while (next < predictions.length && windowOf(predictions[next]!).endUs <= second.endUs) next++;
    const newest = predictions[next - 1];
    const now = truthOver(labels, second, null);
    if (!newest || second.endUs - windowOf(newest).endUs > standsUs) {
      return { ...second, now, truth: now, answer: null };
    }
    return {
      ...second,
      now,
      truth: truthOver(labels, windowOf(newest), null),
      answer: newest.label ?? UNKNOWN,
    };
  });
}

function eventSeconds(
  labels: readonly LabelSpan[],
  seconds: readonly Stretch[],
  predictions: readonly Answered[],
): Second[] {
  const ofEvent = new Map<LabelSpan, string>();
  const beside: Answered[] = [];
  for (const prediction of predictions) {
    const window = windowOf(prediction);
    const event = truthOver(labels, window, IDLE) === IDLE ? undefined : spanOver(labels, window);
    if (event) ofEvent.set(event, prediction.label ?? IDLE);
    else beside.push(prediction);
  }
  return seconds.map((second) => {
    const truth = truthOver(labels, second, IDLE);
    const event = truth === IDLE ? undefined : spanOver(labels, second);
    const middleUs = (second.startUs + second.endUs) / 2;
    const middle = { startUs: middleUs, endUs: middleUs };
    const falseAlarm = beside.find((prediction) => touches(windowOf(prediction), middle));
    const answer = event ? ofEvent.get(event) : falseAlarm?.label;
    return { ...second, now: truth, truth, answer: answer ?? IDLE };
  });
}

/**
 * Every time the truth becomes another one within the recording, the moments in which it begins left out. An answer is
 * right for it if its window has a part in the label; its latency is from the change to the window's end, in the time of
 * the recording: computing the answer takes milliseconds more.
 */
export const changesOf = ({ labels, timesUs }: Truth, predictions: readonly Answered[]): Change[] =>
  labels
    .filter(({ startUs }) => startUs > (timesUs[0] ?? 0))
    .map((span) => {
      const right = predictions.find(
        (prediction) => prediction.label === span.label && touches(span, windowOf(prediction)),
      );
      return {
        label: span.label,
        latencyS: right ? (windowOf(right).endUs - span.startUs) / SECOND_US : null,
      };
    });

/** The label that fills most of a stretch; `rest` where more of it has no label. */
function truthOver(labels: readonly LabelSpan[], stretch: Stretch, rest: string | null): string | null {
  const covered = coveredUs(labels, stretch);
  const label = majorityLabel(labels, stretch);
  if (label === null) return rest;
  const labelledUs = [...covered.values()].reduce((sum, us) => sum + us, 0);
  return stretch.endUs - stretch.startUs - labelledUs > covered.get(label)! ? rest : label;
}

/** The one span that fills most of a stretch. */
const spanOver = (labels: readonly LabelSpan[], stretch: Stretch): LabelSpan | undefined => {
  const overlapUs = (span: LabelSpan): number =>
    Math.min(stretch.endUs, span.endUs) - Math.max(stretch.startUs, span.startUs);
  return labels
    .filter((span) => touches(span, stretch))
    .reduce<LabelSpan | undefined>(
      (best, span) => (best && overlapUs(best) >= overlapUs(span) ? best : span),
      undefined,
    );
};

const windowOf = ({ window }: Answered): Stretch => ({
  startUs: Math.round(window.start * 1000),
  endUs: Math.round(window.end * 1000),
});
