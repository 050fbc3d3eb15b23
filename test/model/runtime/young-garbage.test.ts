import { expect, it } from 'vitest';
import { YoungGarbage } from '../../../model/runtime/young-garbage.ts';

const MB = 1 << 20;

it('keeps short-lived buffers from lying about', () => {
  const garbage = new YoungGarbage();
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let i = 0; i < 200; i++) {
    garbage.add(new Float32Array(MB / 4).byteLength);
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(most).toBeLessThan(12 * MB); // 30 to 60 when nobody collects
});
