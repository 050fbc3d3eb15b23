import { expect, it } from 'vitest';
import { Heap } from '../../model/heap.ts';
import { seededRandom } from '../fixtures/tokenizer/random-texts.ts';

it('pops in order, whatever the order of pushes and pops between', () => {
  const random = seededRandom(1);
  const heap = new Heap<number>((a, b) => a < b);
  const expected: number[] = [];
  for (let step = 0; step < 2000; step++) {
    if (random() < 0.6) {
      const item = Math.floor(random() * 50);
      heap.push(item);
      expected.push(item);
      expected.sort((a, b) => a - b);
    } else {
      expect(heap.peek()).toBe(expected[0]);
      expect(heap.pop()).toBe(expected.shift());
    }
  }
});
