import { labelsOf } from '../../../protocols/answers.ts';
import type { FittedTask } from '../../../protocols/task.ts';
import { argMax } from '../../metrics.ts';
import { bars } from '../bars.ts';
import { channelInks } from '../channel-ink.ts';
import { percent, plural } from '../figures.ts';
import { type Html, html } from '../html.ts';
import { promptText } from '../prompt-text.ts';
import type { SampleWindow } from '../sample-windows.ts';
import type { SectionWriter } from '../section.ts';
import { windowPlots } from '../window-plots.ts';

/** Test windows to look at: the sensor, the prompt, the answer, the truth. */
export const samples: SectionWriter = ({ samples: windows, task, report }) => {
  if (windows.length === 0) return undefined;
  const wrong = Math.round((1 - (report.accuracy ?? 0)) * report.n);
  return {
    id: 'samples',
    title: 'What it read and what it said',
    isWide: true,
    body: html`<p class="note">${plural(windows.length, 'test window')}, wrong answers first
    (${wrong === 0 ? 'there is none' : `${wrong} of ${report.n} are wrong`}), then the least sure of the right ones.
    ${task.spec.input.kind === 'rate' && 'Faint: as measured. Dots: the steps that the model read. '}Below: the
    prompt, token by token, each channel's numbers in its colour.</p>
    <div class="samples">${windows.map((window) => sample(task, window))}</div>`,
  };
};

/** Labels with next to no probability are left out. */
const MOST_LABELS = 5;

function sample(task: FittedTask, window: SampleWindow): Html {
  const labels = labelsOf(task.spec.answers);
  const { truth, probs, tokens } = window;
  const answer = argMax(probs);
  const isRight = answer === truth;
  const isUnknown = probs[answer]! < task.unknownThreshold;
  const inks = channelInks(task.spec.input.channels.map(({ channel }) => channel));
  const order = [...labels.keys()].sort((a, b) => probs[b]! - probs[a]!);
  const likeliest = order.slice(0, MOST_LABELS);
  const shown = likeliest.includes(truth) ? likeliest : [...likeliest.slice(0, -1), truth];
  return html`
<article class="sample">
  <h3><span class="badge ${isRight ? 'good' : 'bad'}">${isRight ? 'right' : 'wrong'}</span>
    ${labels[answer]}${!isRight && html` <small>it was ${labels[truth]}</small>`}${isUnknown && html` <small>given as unknown</small>`}</h3>
  <p class="row-id">${window.id}</p>
  ${windowPlots(task, window, inks)}
  ${bars(
    shown.map((label) => ({
      name: html`${labels[label]}${label === truth && html` <small class="truth">truth</small>`}`,
      share: probs[label]!,
      figure: percent(probs[label]!),
      className: label !== answer ? 'weak' : isRight ? 'strong' : 'strong bad',
    })),
  )}
  <p class="prompt-title">Prompt, ${plural(tokens.length, 'token')}</p>
  ${promptText(task, tokens, inks)}
</article>`;
}
