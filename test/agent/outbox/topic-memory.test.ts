import { expect, it } from 'vitest';
import { TopicMemory } from '../../../agent/outbox/topic-memory.ts';

it('remembers the topics that were used last, and no more than a bound', () => {
  const memory = new TopicMemory<number>();
  for (let n = 0; n < 5000; n++) {
    memory.set(`topic-${n}`, n);
    memory.set('steady', n);
  }
  expect([...memory].length).toBe(4096);
  expect(memory.get('steady')).toBe(4999);
  expect(memory.get('topic-0')).toBeUndefined();
  expect(memory.get('topic-4999')).toBe(4999);
});
