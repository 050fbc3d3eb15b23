import { expect, it } from 'vitest';
import { humanLog, jsonLog } from '../../agent/log.ts';

const sink = () => {
  const lines: string[] = [];
  return { lines, write: (text: string) => void lines.push(text) };
};

it('prints a line for people, on which nothing from outside makes a line of its own', () => {
  const { lines, ...to } = sink();
  const log = humanLog(to, () => new Date(2026, 10, 23, 6, 41, 7));
  log.warn('evil\n06:41:07 info all is well\x1b[2J', { board: 'wrist-01', more: 3 });
  log.warn('no login', { client: 'x\n06:41:08 info\x1b[2J\u202e\u2028done' });
  expect(lines).toEqual([
    '06:41:07 warn evil 06:41:07 info all is well [2J board=wrist-01 more=3\n',
    '06:41:07 warn no login client=x 06:41:08 info [2J done\n',
  ]);
});

it('prints JSON lines for machines', () => {
  const { lines, ...to } = sink();
  jsonLog(to, () => 1234).error('no\nbroker', { port: 1883 });
  expect(lines).toEqual(['{"ts":1234,"level":"error","message":"no\\nbroker","port":1883}\n']);
});
