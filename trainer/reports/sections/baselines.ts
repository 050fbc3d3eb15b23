import { hasLabels } from '../../figures.ts';
import { methodsTable } from '../methods-table.ts';
import type { SectionWriter } from '../section.ts';

/** The model beside classical methods on the same rows, where they were asked for. */
export const baselines: SectionWriter = ({ report }) => {
  if (!report.baselines || report.baselines.length === 0 || !hasLabels(report)) return undefined;
  return {
    id: 'baselines',
    title: 'Beside classical methods',
    isWide: true,
    body: methodsTable('Accuracy of the model and of classical methods', report, report.baselines),
  };
};
