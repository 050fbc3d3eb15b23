import type { FittedTask } from '../../protocols/task.ts';
import { count } from './figures.ts';
import { type Html, html } from './html.ts';

/** A prompt as the model reads it: token by token, the number of a channel in that channel's ink. */
export function promptText(
  { template, quantisers }: FittedTask,
  tokens: readonly string[],
  inks: readonly string[],
): Html {
  const inkOf = (token: string): string | undefined => {
    // Only the stream template gives each channel numbers of its own.
    if (template !== 'stream' || !/^ \d+$/.test(token)) return undefined;
    const number = Number(token);
    const channel = quantisers.findIndex(
      ({ firstNumber, edges }) => number >= firstNumber && number <= firstNumber + edges.length,
    );
    return inks[channel];
  };
  const classOf = (token: string): Html | undefined => {
    const name = token.includes('\n') ? 'newline' : inkOf(token);
    return name === undefined ? undefined : html` class="${name}"`;
  };
  return html`
<div class="prompt" tabindex="0" role="region" aria-label="The prompt of ${count(tokens.length)} tokens">${tokens.map((token) => html`<span${classOf(token)}>${token}</span>`)}</div>`;
}
