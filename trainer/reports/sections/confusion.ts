import { heatMap } from '../heat-map.ts';
import type { SectionWriter } from '../section.ts';

/** Which answers are taken for which. */
export const confusion: SectionWriter = ({ report: { confusion: matrix } }) =>
  matrix
    ? {
        id: 'confusion',
        title: 'What is taken for what',
        isWide: matrix.labels.length > 5,
        body: heatMap('Truth down, answers across', matrix.labels, matrix.rows),
      }
    : undefined;
