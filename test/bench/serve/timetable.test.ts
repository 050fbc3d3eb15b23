import { expect, it } from 'vitest';
import { timetable } from '../../../bench/serve/timetable.ts';
import { RandomStream } from '../../../model/random.ts';

const BOARDS = { boards: 5, windows: 3, windowRows: 4, rowMs: 10 };
const rows = timetable(BOARDS, RandomStream.seeded(1));

it('rows come in time order, all of every window of every board', () => {
  expect(rows).toHaveLength(5 * 3 * 4);
  expect(rows.map(({ dueMs }) => dueMs)).toEqual(rows.map(({ dueMs }) => dueMs).sort((a, b) => a - b));
  for (let board = 0; board < BOARDS.boards; board++) {
    const own = rows.filter((row) => row.board === board);
    expect(own.map(({ window, row }) => window * BOARDS.windowRows + row)).toEqual([...Array(12).keys()]);
    own.forEach(({ dueMs }, i) => void expect(dueMs).toBeCloseTo(own[0]!.dueMs + i * BOARDS.rowMs));
  }
});

it('boards begin at different moments within a window', () => {
  const begins = rows.filter(({ window, row }) => window === 0 && row === 0).map(({ dueMs }) => dueMs);
  expect(new Set(begins).size).toBe(BOARDS.boards);
  expect(Math.max(...begins)).toBeLessThan(BOARDS.windowRows * BOARDS.rowMs);
});
