import { type Content, type Html, html } from './html.ts';

/** A table of figures: the first row heads it, the first column names its rows. Scrolls by itself where it is too wide. */
export function dataTable(caption: string, [head = [], ...body]: readonly (readonly Content[])[]): Html {
  return html`
<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
  <table class="figures">
    <thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
    <tbody>${body.map(([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
  </table>
</div>`;
}
