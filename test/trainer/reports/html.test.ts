import { expect, it } from 'vitest';
import { html } from '../../../trainer/reports/html.ts';

it('escapes what comes from outside, in text and in attributes', () => {
  const label = `<script>alert("1 & 2's")</script>`;
  expect(html`<p title="${label}">${label}</p>`.toString()).toBe(
    '<p title="&lt;script&gt;alert(&quot;1 &amp; 2&#39;s&quot;)&lt;/script&gt;">' +
      '&lt;script&gt;alert(&quot;1 &amp; 2&#39;s&quot;)&lt;/script&gt;</p>',
  );
});

it('takes markup of its own as it is, joins lists, and leaves out what is absent', () => {
  const items = ['a', 'b<'].map((text) => html`<li>${text}</li>`);
  const absent = undefined;
  expect(html`<ul class="${absent}">${items}${false}${[1, [2]]}</ul>`.toString()).toBe(
    '<ul class=""><li>a</li><li>b&lt;</li>12</ul>',
  );
});

it('shows the control characters that a token may be', () => {
  expect(html`${'\u0000\u001b\n'}`.toString()).toBe('␀␛\n');
});
