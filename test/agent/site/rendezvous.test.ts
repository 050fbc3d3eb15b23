import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownerOf } from '../../../agent/site/rendezvous.ts';

const name = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,12}$/);
const agents = fc.uniqueArray(name, { minLength: 1, maxLength: 7 });
const boards = Array.from({ length: 20 }, (_, i) => `wrist-${i}`);

describe('the owner of a board', () => {
  it('is one of the agents, whatever the order in which they are known', () => {
    fc.assert(
      fc.property(agents, name, fc.infiniteStream(fc.nat()), (present, board, random) => {
        const shuffled = present
          .map((agent) => [random.next().value!, agent] as const)
          .sort(([a], [b]) => a - b)
          .map(([, agent]) => agent);
        const owner = ownerOf(board, present);
        expect(present).toContain(owner);
        expect(ownerOf(board, shuffled)).toBe(owner);
      }),
    );
  });

  it('changes only from others to an agent that comes, and only from the one that leaves', () => {
    fc.assert(
      fc.property(agents, name, (present, newcomer) => {
        fc.pre(!present.includes(newcomer));
        for (const board of boards) {
          const without = ownerOf(board, present);
          const together = ownerOf(board, [...present, newcomer]);
          expect([without, newcomer]).toContain(together);
        }
      }),
    );
  });

  it('is each of the agents about as often as any other', () => {
    const present = ['attic', 'cellar', 'hall'];
    const counts = new Map(present.map((agent) => [agent, 0]));
    for (let i = 0; i < 3000; i++) {
      const owner = ownerOf(`board-${i}`, present)!;
      counts.set(owner, counts.get(owner)! + 1);
    }
    // Binomial, n 3000, p 1/3: the deviation is 26.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * 26);
  });

  it('is nobody where there are no agents', () => {
    expect(ownerOf('wrist-01', [])).toBeUndefined();
  });
});
