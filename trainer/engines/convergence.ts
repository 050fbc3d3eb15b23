import type { Schedule } from '../pretrain-settings.ts';

/** One validation, and what the training before it was like. */
export interface LossPoint {
  readonly step: number;
  /** Mean cross entropy of a validation token. */
  readonly validationNats: number;
  /** The same of the tokens trained on since the validation before. */
  readonly trainingNats: number;
}

/** How a training went so far, and what it is measured by. */
export interface LossHistory {
  readonly points: readonly LossPoint[];
  /** Cross entropy of a validation token for a reader who knows only how often each token occurs. */
  readonly unigramNats: number;
  /** Of the first batch, before anything was learnt. */
  readonly startNats: number;
  readonly schedule: { readonly steps: number; readonly warmupSteps: number; readonly schedule: Schedule };
}

/** What is wrong with a training, for a person. */
export interface Trouble {
  readonly kind: 'diverges' | 'does not learn' | 'overfits' | 'stands still';
  /** At which it showed. */
  readonly step: number;
  readonly what: string;
  readonly hint: string;
}

/** Share of the steps, and steps at least, after which a model knows more than how often tokens occur. */
const LEARNT_BY = 0.1;
const LEARNT_AFTER_STEPS = 100;
/** Nats above the best by which a loss no longer merely varies, twice in a row. */
const RISEN = 0.2;
/** The same of validation alone, while training goes on falling. */
const OVERFIT = 0.05;
/** Share of the steps, and validations at least, in which a loss that is not at its end becomes better .. */
const STILL_SHARE = 0.2;
const STILL_VALIDATIONS = 6;
/** .. by this share of it. */
const BETTER_SHARE = 0.002;

/** Everything that went wrong, each kind at the step where it first showed. A pure function of the losses. */
export function troublesOf(history: LossHistory): Trouble[] {
  const found = history.points.flatMap(
    (_, last) => troubleAtEnd({ ...history, points: history.points.slice(0, last + 1) }) ?? [],
  );
  return found.filter(({ kind }, i) => found.findIndex((other) => other.kind === kind) === i);
}

/** What the last validation shows, the gravest where it is more than one thing; it may have shown before. */
export const troubleAtEnd = (history: LossHistory): Trouble | undefined =>
  SIGNS.map((sign) => sign(history)).find((trouble) => trouble !== undefined);

type Sign = (history: LossHistory) => Trouble | undefined;

const diverges: Sign = ({ points, startNats }) => {
  const [before, last] = points.slice(-2);
  if (before === undefined || last === undefined) return undefined;
  const validation = Math.min(startNats, ...points.map(({ validationNats }) => validationNats));
  const training = Math.min(startNats, ...points.map(({ trainingNats }) => trainingNats));
  const hasRisen = (point: LossPoint): boolean =>
    point.validationNats > validation + RISEN && point.trainingNats > training + RISEN;
  if (!hasRisen(before) || !hasRisen(last)) return undefined;
  return {
    kind: 'diverges',
    step: last.step,
    what: `the loss has risen from ${nats(validation)} to ${nats(last.validationNats)}`,
    hint: 'lower pretrain.learningRate or pretrain.clip, or raise pretrain.warmupSteps, and start anew (--out)',
  };
};

const doesNotLearn: Sign = ({ points, unigramNats, schedule: { steps, warmupSteps } }) => {
  const { step } = points.at(-1)!;
  const { validationNats } = bestOf(points);
  const due = Math.max(LEARNT_AFTER_STEPS, LEARNT_BY * steps, 2 * warmupSteps);
  if (step < due || validationNats < unigramNats) return undefined;
  return {
    kind: 'does not learn',
    step,
    what: `a token costs ${nats(validationNats)}, and ${nats(unigramNats)} if one knows only how often each occurs`,
    hint: 'see whether --overfit-one-batch succeeds; another pretrain.learningRate, tenfold up or down, shows most',
  };
};

const overfits: Sign = ({ points }) => {
  const best = bestOf(points);
  const since = points.slice(points.indexOf(best) + 1);
  const isWorse = since.slice(-2).every((point) => point.validationNats > best.validationNats + OVERFIT);
  const last = since.at(-1);
  if (since.length < 2 || !isWorse || last!.trainingNats >= best.trainingNats) return undefined;
  return {
    kind: 'overfits',
    step: last!.step,
    what: `validation has risen from ${nats(best.validationNats)} (step ${best.step}) to ${nats(last!.validationNats)} while training fell to ${nats(last!.trainingNats)}`,
    hint: 'lower pretrain.tokens to where it was best, prepare a larger corpus, or raise pretrain.weightDecay',
  };
};

const standsStill: Sign = ({ points, schedule }) => {
  const last = points.at(-1)!;
  // While the rate falls to nothing, a loss that settles is what is wanted.
  if (last.step > heldUntil(schedule)) return undefined;
  const recent = points.filter(({ step }) => step > last.step - STILL_SHARE * schedule.steps);
  const earlier = points.slice(0, -recent.length);
  if (recent.length < STILL_VALIDATIONS || earlier.length === 0) return undefined;
  const best = bestOf(earlier);
  if (bestOf(recent).validationNats < best.validationNats * (1 - BETTER_SHARE)) return undefined;
  return {
    kind: 'stands still',
    step: last.step,
    what: `validation is no better than ${nats(best.validationNats)}, where it was at step ${best.step}`,
    hint: 'lower pretrain.tokens so that the rate falls sooner, or give the recipe a larger model',
  };
};

/** The gravest first. */
const SIGNS: readonly Sign[] = [diverges, doesNotLearn, overfits, standsStill];

const bestOf = (points: readonly LossPoint[]): LossPoint =>
  points.reduce((best, point) => (point.validationNats < best.validationNats ? point : best));

/** The step up to which the learning rate is high; of a cosine its middle. */
const heldUntil = ({ steps, schedule }: LossHistory['schedule']): number =>
  steps * (schedule.kind === 'wsd' ? 1 - schedule.decayShare : 0.5);

const nats = (value: number): string => `${value.toFixed(2)} nats`;
