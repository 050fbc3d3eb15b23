import { bars } from '../bars.ts';
import { percent, plural } from '../figures.ts';
import { html } from '../html.ts';
import type { SectionWriter } from '../section.ts';

/** Below the whole by more than this: worth a look. */
const FAR_BELOW = 0.1;

/** How it goes for each person or session, the worst first. */
export const groups: SectionWriter = ({ report: { perGroup, accuracy } }) => {
  if (perGroup === null || accuracy === null) return undefined;
  const ofLabels = Object.entries(perGroup).map(
    ([name, { n, accuracy: own }]) => [name, { n, accuracy: own! }] as const,
  );
  const list = ofLabels.sort(([, a], [, b]) => a.accuracy - b.accuracy || b.n - a.n);
  return {
    id: 'groups',
    title: 'By person or session',
    isWide: list.length > 12,
    body: html`<div class="columns">${bars(
      list.map(([name, group]) => ({
        name: html`${name} <small>${plural(group.n, 'row')}</small>`,
        share: group.accuracy,
        figure: percent(group.accuracy),
        ...(group.accuracy < accuracy - FAR_BELOW && { className: 'bad' }),
      })),
    )}</div>
    <p class="note">${plural(list.length, 'group')}; accuracy of all their rows together ${percent(accuracy)}.</p>`,
  };
};
