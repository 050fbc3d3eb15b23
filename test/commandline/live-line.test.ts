import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { LiveLine } from '../../commandline/live-line.ts';
import { Rate } from '../../commandline/rate.ts';

function sink(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 20, write: (text: string) => written.push(text), written };
}

it('redraws one line on a terminal, with messages above it', () => {
  const terminal = sink(true);
  const line = new LiveLine(terminal);
  line.show('one');
  line.note('a message');
  line.show('a line that is longer than the terminal');
  line.finish();
  const screen = stripVTControlCharacters(terminal.written.join(''));
  expect(screen).toBe('\rone\ra message\n\rone\ra line that is long\n');
});

it('writes a plain line every ten seconds elsewhere, and the last one', () => {
  const file = sink(false);
  let nowMs = 0;
  const line = new LiveLine(file, () => nowMs);
  for (; nowMs <= 25_000; nowMs += 1000) line.show(`after ${nowMs / 1000} s`);
  line.note('a message');
  line.finish();
  line.finish();
  expect(file.written).toEqual(['after 10 s\n', 'after 20 s\n', 'a message\n', 'after 25 s\n']);
});

it('counts per second since it was last asked', () => {
  let nowMs = 0;
  const rate = new Rate(() => nowMs);
  nowMs = 2000;
  expect(rate.perS(50)).toBe(25);
  nowMs = 2500;
  expect(rate.perS(51)).toBe(2);
});
