import { type Content, type Html, html } from './html.ts';

export interface Bar {
  readonly name: Content;
  /** 0 to 1. */
  readonly share: number;
  /** The figure at its end. */
  readonly figure: string;
  /** Of the bar and its name: `bad`, `strong`. */
  readonly className?: string;
}

/** Bars from 0 to 1, one below the other, each with its name and figure: readable without seeing them. */
export const bars = (list: readonly Bar[]): Html => html`
<ul class="bars">
  ${list.map(({ name, share, figure, className }) => html`<li${className !== undefined && html` class="${className}"`}><span class="name">${name}</span><span class="figure">${figure}</span><span class="track"><span class="fill" style="width: ${(100 * Math.min(1, Math.max(0, share))).toFixed(1)}%"></span></span></li>`)}
</ul>`;
