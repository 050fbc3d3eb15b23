import { expect, it } from 'vitest';
import {
  bytesOfToken,
  type MachinePeaks,
  nearTo,
  prefillFloorMs,
  prefillWork,
  readFloorMs,
  stepFloorMs,
} from '../../../bench/serve/floors.ts';
import { PRESETS, parameterCount } from '../../../model/shape.ts';

const SHAPE = { ...PRESETS['30M'], vocab: 1000 };
const PEAKS: MachinePeaks = {
  floatGflops: 100,
  integerGops: 400,
  reads: [
    { bytes: 1e7, gbPerS: 50 },
    { bytes: 1e8, gbPerS: 25 },
  ],
};

it('one token alone takes two operations for each weight of the matrices', () => {
  const { linear } = prefillWork(SHAPE, 1, 0);
  expect(linear).toBe(2 * SHAPE.layers * 12 * SHAPE.width ** 2);
});

it('in the last layer, tokens that are not read need keys and values only', () => {
  const more = prefillWork(SHAPE, 101, 0).linear - prefillWork(SHAPE, 100, 0).linear;
  expect(more).toBe(24 * (SHAPE.layers - 1) * SHAPE.width ** 2 + 4 * SHAPE.width ** 2);
});

it('attention grows with what came before', () => {
  const alone = prefillWork(SHAPE, 256, 0);
  const after = prefillWork(SHAPE, 256, 60);
  expect(after.linear).toBe(alone.linear);
  expect(after.attention).toBeGreaterThan(alone.attention);
});

it('integers have a lower floor than floats, but attend in floats', () => {
  const work = { linear: 4e9, attention: 1e9 };
  expect(prefillFloorMs(work, 'fp32', PEAKS)).toBeCloseTo(50);
  expect(prefillFloorMs(work, 'int8', PEAKS)).toBeCloseTo(20);
});

it('a token reads every matrix and the token table once', () => {
  const matricesAndTable = parameterCount({ ...SHAPE, context: 0 });
  const bytes = bytesOfToken(SHAPE, 'fp32', 0);
  expect(bytes / (4 * matricesAndTable)).toBeCloseTo(1, 2); // but for biases and norms
  expect(bytesOfToken(SHAPE, 'q4', 0)).toBeLessThan(bytesOfToken(SHAPE, 'q8', 0));
  expect(bytesOfToken(SHAPE, 'q8', 100) - bytesOfToken(SHAPE, 'q8', 0)).toBe(
    100 * 2 * 4 * SHAPE.layers * SHAPE.width,
  );
});

it('a few tokens cost their reading of the weights, many their arithmetic', () => {
  const few = stepFloorMs(SHAPE, 'fp32', { tokens: 2, past: 0 }, PEAKS);
  expect(few).toBe(readFloorMs(bytesOfToken({ ...SHAPE, vocab: 0 }, 'fp32', 0), PEAKS));
  const many = stepFloorMs(SHAPE, 'fp32', { tokens: 200, past: 0 }, PEAKS);
  expect(many).toBe(prefillFloorMs(prefillWork(SHAPE, 200, 0), 'fp32', PEAKS));
});

it('the floor of reading is that of the nearest amount that was measured', () => {
  expect(readFloorMs(2e7, PEAKS)).toBeCloseTo(0.4);
  expect(readFloorMs(8e7, PEAKS)).toBeCloseTo(3.2);
  expect(nearTo(3.2, 4)).toBe('80 % of the peak');
});
