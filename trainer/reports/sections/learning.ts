import { finalSteps } from '../../finetune-settings.ts';
import { count, percent, tickText, wholePercent } from '../figures.ts';
import { html } from '../html.ts';
import { lineChart } from '../line-chart.ts';
import type { Axis, Point } from '../plot.ts';
import { extent, linearScale, logScale, type Scale } from '../scale.ts';
import type { RunReport, SectionWriter } from '../section.ts';
import { smoothed, thinned } from '../training-history.ts';

/** How the loss fell: of the training batches, and on the validation split. */
export const loss: SectionWriter = ({ history, recipe }) => {
  const training = history.steps.map(({ step, lossNats }): Point => [step, lossNats]);
  const validation = history.validations.map(({ step, lossNats }): Point => [step, lossNats]);
  const mean = thinned(smoothed(training));
  const range = extent([...thinned(training), ...validation].map(([, y]) => y));
  if (!range || training.length === 0) return undefined;
  const { labelSmoothing } = recipe.finetune;
  const last = validation.at(-1);
  const end = `training ends at ${tickText(mean.at(-1)![1])}${last ? `, validation at ${tickText(last[1])}` : ''}`;
  return {
    id: 'loss',
    title: 'Loss',
    body: html`${lineChart({
      x: steps(recipe),
      y: { scale: lossScale(...range), title: 'nats per answer token' },
      series: [
        { name: 'batches', className: 'ink-1', points: thinned(training), isBackground: true },
        { name: 'training, smoothed', className: 'ink-1', points: mean },
        { name: 'validation', className: 'ink-accent', points: validation, hasDots: true },
      ],
      description: `Loss over ${count(training.at(-1)![0])} steps: ${end} nats.`,
    })}
    ${labelSmoothing > 0 && html`<p class="note">Training is on answers smoothed by ${labelSmoothing}, so its loss cannot reach 0; validation is not.</p>`}`,
  };
};

/** How good each validation was, and which was kept. */
export const validationF1: SectionWriter = ({ history, recipe, chosenStep }) => {
  const points = history.validations.flatMap(({ step, macroF1 }): Point[] =>
    macroF1 === null ? [] : [[step, macroF1]],
  );
  const range = extent(points.map(([, y]) => y));
  if (!range) return undefined;
  const chosen = points.find(([step]) => step === chosenStep);
  return {
    id: 'validation-f1',
    title: 'Macro-F1 on the validation split',
    body: lineChart({
      x: steps(recipe),
      y: { scale: linearScale(Math.max(0, Math.floor(range[0] * 10) / 10), 1), format: wholePercent },
      series: [{ name: 'validation', className: 'ink-accent', points, hasDots: true }],
      ...(chosen && {
        mark: { name: `kept: step ${count(chosen[0])}, ${percent(chosen[1])}`, point: chosen },
      }),
      description:
        `Validation macro-F1 at ${points.length} checkpoints, from ${percent(points[0]![1])} to ` +
        `${percent(range[1])}${chosen ? `; step ${chosen[0]} was kept` : ''}.`,
    }),
  };
};

/** The learning rate's warm-up and decay. */
export const rateOfLearning: SectionWriter = ({ history, recipe }) => {
  const points = history.steps.map(({ step, lr }): Point => [step, lr]);
  const range = extent(points.map(([, y]) => y));
  if (!range) return undefined;
  return {
    id: 'learning-rate',
    title: 'Learning rate',
    body: lineChart({
      x: steps(recipe),
      y: { scale: linearScale(0, range[1], 4) },
      series: [{ name: 'learning rate', className: 'ink-2', points: thinned(points) }],
      description: `Learning rate: rises to ${tickText(range[1])}, ends at ${tickText(points.at(-1)![1])}.`,
    }),
  };
};

const steps = ({ finetune }: RunReport['recipe']): Axis => ({
  scale: linearScale(0, finalSteps(finetune), 5),
  title: 'step',
  format: count,
});

/** Beyond this ratio of ends, a linear axis hides what happens at the lower one. */
const WIDE_RATIO = 10;

const lossScale = (low: number, high: number): Scale =>
  low > 0 && high / low > WIDE_RATIO ? logScale(low, high) : linearScale(Math.min(0, low), high);
