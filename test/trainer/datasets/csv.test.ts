import { describe, expect, it } from 'vitest';
import { numberIn, parseCsv } from '../../../trainer/datasets/csv.ts';

describe('a table of comma-separated values', () => {
  it('is read by the names of its columns, whatever stands around them', () => {
    const table = parseCsv('f.csv', '\uFEFFt, ax,note\r\n0,1,a\r\n\r\n1,2,b\r\n', ['t', 'ax']);
    expect(table.columns).toEqual(['t', 'ax', 'note']);
    expect(table.rows).toEqual([
      { line: 2, cells: ['0', '1', 'a'] },
      { line: 4, cells: ['1', '2', 'b'] },
    ]);
  });

  it('is refused when a wanted column is not there', () => {
    expect(() => parseCsv('f.csv', 't,ax\n0,1\n', ['t', 'ay'])).toThrow('f.csv:1: there is no column "ay"');
    expect(() => parseCsv('f.csv', '', ['t'])).toThrow('there is no column "t"');
  });

  it('may hold cells in quotes, and commas and quotes in these', () => {
    const { rows } = parseCsv('f.csv', 'a,b\n"x, y",1\n ,"say ""so"""\n"a""",\n3" pipe,2\n', ['a']);
    expect(rows.map(({ cells }) => cells)).toEqual([
      ['x, y', '1'],
      [' ', 'say "so"'],
      ['a"', ''],
      ['3" pipe', '2'],
    ]);
  });

  it('does not take an empty, missing or odd cell for a number', () => {
    expect(['-3.5', ' 2 ', '1e3', '0'].map(numberIn)).toEqual([-3.5, 2, 1000, 0]);
    for (const cell of ['', ' ', undefined, 'NaN', 'Infinity', '1;2', '3 4']) {
      expect(() => numberIn(cell), String(cell)).toThrow('is no number');
    }
  });
});
