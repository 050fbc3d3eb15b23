import { hasLabels, type LabelFigures, numberFigures } from '../../figures.ts';
import { count, errorText, percent, percentInterval } from '../figures.ts';
import { heatMap } from '../heat-map.ts';
import { type Html, html } from '../html.ts';
import { methodsTable } from '../methods-table.ts';
import type { SectionWriter } from '../section.ts';

/** Grouped k-fold: what the split's own figures cannot say. */
export const unseenSessions: SectionWriter = ({ crossValidation }) => {
  if (!crossValidation) return undefined;
  const { folds, groups, n, confusion, baselines } = crossValidation;
  return {
    id: 'unseen-sessions',
    title: 'On sessions it has never seen',
    isWide: baselines !== null || (confusion?.labels.length ?? 0) > 5,
    body: html`
    <p>${hasLabels(crossValidation) && inLabels(crossValidation)}${numberFigures(crossValidation).map(inNumbers)} ${folds} models of this recipe, each tested on sessions that neither its
    training nor its validation rows held: ${count(n)} distinct rows of ${count(groups)} sessions, the whole set.</p>
    ${
      baselines !== null &&
      hasLabels(crossValidation) &&
      methodsTable('On the same folds', { ...crossValidation, shiftMean: null }, baselines)
    }
    ${confusion !== null && heatMap('Truth down, answers of all folds across', confusion.labels, confusion.rows)}`,
  };
};

const inLabels = ({ accuracy, macroF1, ci95 }: LabelFigures): Html =>
  html`<strong>${percent(accuracy)}</strong> accuracy (${percentInterval(ci95.accuracy)}), <strong>${percent(macroF1)}</strong>
    macro-F1 (${percentInterval(ci95.macroF1)}).`;

const inNumbers = ({ name, value, ci95 }: ReturnType<typeof numberFigures>[number]): Html =>
  html` <strong>${errorText(value)}</strong> ${name} (${ci95.map(errorText).join(' to ')}).`;
