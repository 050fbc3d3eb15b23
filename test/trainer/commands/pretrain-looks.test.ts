import { expect, it } from 'vitest';
import { estimateText, oneBatchText } from '../../../trainer/commands/pretrain-looks.ts';

const estimate = {
  shape: { layers: 6, width: 384, heads: 6, context: 256, vocab: 4096 },
  ...{ parameters: 12_318_720, steps: 48, tokens: 196_608, flopsPerToken: 80.4e6, flops: 1.58e13 },
  memory: { parameters: 200e6, copies: 200e6, activations: 120e6, runtime: 215e6, total: 735e6 },
  ...{ freeBytes: 8e9, tokensPerS: 1000, seconds: 201 },
};

it('tells an estimate', () => {
  expect(estimateText(estimate)).toBe(
    [
      'model       12.32 M parameters: 6 layers of 384, 6 heads, context 256, 4096 tokens',
      'training    0.20 M tokens in 48 steps',
      'operations  80.40 M FLOPs a token, 1.58e+13 in all',
      'memory      735 MB: parameters 200 MB, copies 200 MB, a micro batch 120 MB, the program 215 MB; 8000 MB are free',
      'time        about 3 min 21 s, at 1000 tokens/s',
      '',
    ].join('\n'),
  );
  expect(estimateText({ ...estimate, freeBytes: null })).toContain('the program 215 MB, on each device\n');
});

const curveOf = (losses: readonly number[]) => losses.map((lossNats, i) => ({ step: i + 1, lossNats }));

it('tells how a batch was learnt, the first and the last step among a few', () => {
  const curve = curveOf(Array.from({ length: 150 }, (_, i) => 8 * 0.97 ** i));
  const lines = oneBatchText({ isLearnt: true, lossNats: 0.085, curve, folder: 'f' }).split('\n');
  expect(lines[0]).toBe('step     1  8.0000 nats');
  expect(lines.at(-3)).toMatch(/^step {3}150 {2}0\.\d{4} nats$/);
  expect(lines.at(-2)).toMatch(/^learnt by heart: under 0\.1 nats/);
  expect(lines.length).toBeLessThan(16);
});

it('tells what to do when a batch was not learnt', () => {
  const told = oneBatchText({ isLearnt: false, lossNats: 2, curve: curveOf([8, 2]), folder: 'f' });
  expect(told).toMatch(
    /^step {5}1 {2}8\.0000 nats\nstep {5}2 {2}2\.0000 nats\nnot learnt by heart: 2\.00 nats a token/,
  );
  expect(told).toContain('pretrain.learningRate');
});
