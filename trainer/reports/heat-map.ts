import { percent } from './figures.ts';
import { type Html, html } from './html.ts';

/** Above so many labels a cell has room for its count only, and the headings stand upright. */
const MOST_WITH_SHARES = 8;

/**
 * A confusion matrix as a table, truth down, answers across: each cell has its count and its share of the truth's row,
 * and is the stronger in colour the greater that share is. A table needs no other text alternative.
 */
export function heatMap(
  caption: string,
  labels: readonly string[],
  rows: readonly (readonly number[])[],
): Html {
  const isDense = labels.length > MOST_WITH_SHARES;
  const cell = (n: number, truth: number, answer: number, total: number): Html => {
    if (n === 0) return html`<td class="none">${isDense ? '' : '0'}</td>`;
    const share = n / total;
    const title = `${labels[truth]} answered ${labels[answer]}: ${n} of ${total}`;
    return html`<td class="${truth === answer ? 'right' : 'wrong'}" style="--share: ${share.toFixed(3)}" title="${title}"><b>${n}</b>${!isDense && html`<small>${percent(share)}</small>`}</td>`;
  };
  return html`
<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
  <table class="heat${isDense ? ' dense' : ''}" style="--labels: ${labels.length}">
    <caption>${caption}</caption>
    <thead><tr><th></th>${labels.map((label) => html`<th scope="col" title="${label}"><span>${label}</span></th>`)}</tr></thead>
    <tbody>${rows.map((counts, truth) => {
      const total = counts.reduce((sum, n) => sum + n, 0);
      return html`<tr><th scope="row" title="${labels[truth]}">${labels[truth]}</th>${counts.map((n, answer) => cell(n, truth, answer, total))}</tr>`;
    })}</tbody>
  </table>
</div>`;
}
