import { expect, it } from 'vitest';
import { columns } from '../../commandline/columns.ts';

it('aligns names to the left and figures to the right, and leaves no blanks at the end of a line', () => {
  expect(
    columns([
      ['', 'n', 'share'],
      ['long name', '7', ''],
      ['b', '1234', '5.0'],
    ]),
  ).toBe(['                n  share', '  long name     7', '  b          1234    5.0'].join('\n'));
});
