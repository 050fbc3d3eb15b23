import { formatDuration } from '../../commandline/progress.ts';
import type { PretrainEstimate } from '../stages/estimate-pretraining.ts';
import { BY_HEART_NATS, type OneBatchResult } from '../stages/overfit-one-batch.ts';

/** Lines of a curve that is shown. */
const CURVE_LINES = 12;

/** What `--estimate` prints. */
export function estimateText(estimate: PretrainEstimate): string {
  const { shape, parameters, steps, tokens, flopsPerToken, flops, memory, freeBytes } = estimate;
  const { layers, width, heads, context, vocab } = shape;
  const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  const rows = [
    [
      'model',
      `${millions(parameters)} parameters: ${layers} layers of ${width}, ${heads} heads, context ${context}, ${vocab} tokens`,
    ],
    ['training', `${millions(tokens)} tokens in ${steps} steps`],
    ['operations', `${millions(flopsPerToken)} FLOPs a token, ${flops.toExponential(2)} in all`],
    [
      'memory',
      `${mb(memory.total)}: parameters ${mb(memory.parameters)}, copies ${mb(memory.copies)}, a micro batch ${mb(memory.activations)}, ` +
        `the program ${mb(memory.runtime)}${freeBytes === null ? ', on each device' : `; ${mb(freeBytes)} are free`}`,
    ],
    [
      'time',
      `about ${formatDuration(1000 * estimate.seconds)}, at ${Math.round(estimate.tokensPerS)} tokens/s`,
    ],
  ];
  return rows.map(([name, text]) => `${name!.padEnd(12)}${text}\n`).join('');
}

/** What `--overfit-one-batch` prints: the curve, at steps ever further apart, and what it means. */
export function oneBatchText({ isLearnt, lossNats, curve }: OneBatchResult): string {
  const last = curve.length - 1;
  const shown = Array.from(
    { length: CURVE_LINES },
    (_, i) => Math.round((last + 1) ** (i / (CURVE_LINES - 1))) - 1,
  );
  const lines = [...new Set(shown)].map((i) => curve[i]!);
  const meaning = isLearnt
    ? `learnt by heart: under ${BY_HEART_NATS} nats a token, so shape, rate and corpus fit together`
    : `not learnt by heart: ${lossNats.toFixed(2)} nats a token, and ${BY_HEART_NATS} were to be reached;\n` +
      'change pretrain.learningRate (down if the curve jumps, else up) or give more --steps: what cannot learn a batch learns no corpus';
  return [
    ...lines.map(({ step, lossNats }) => `step ${String(step).padStart(5)}  ${lossNats.toFixed(4)} nats`),
    meaning,
    '',
  ].join('\n');
}

const millions = (count: number): string => `${(count / 1e6).toFixed(2)} M`;
