import { expect, it } from 'vitest';
import { humanLog } from '../../../agent/log.ts';
import { RareLog } from '../../../agent/rare-log.ts';
import { tellOfPort } from '../../../agent/sources/port-news.ts';
import { listen } from '../../firmware-bridge/wire/boards.ts';

/** What is logged of a port from which these bytes come. */
function told(bytes: Uint8Array | string): string[] {
  const lines: string[] = [];
  const log = new RareLog(humanLog({ isTTY: false, write: (line) => lines.push(line.trimEnd()) }));
  const { hear, events } = listen();
  hear('\n');
  hear(bytes);
  for (const event of events) tellOfPort(event, 'ttyUSB0', log);
  return lines.map((line) => line.slice(line.indexOf(' ') + 1));
}

it('a wrong baud rate is told, or nobody would know why no readings come', () => {
  expect(told(new Uint8Array(10_000).fill(0xf8))).toEqual([
    expect.stringMatching(
      /^warn \d+ bytes of ttyUSB0 are neither frames nor lines of text; is the baud rate/,
    ),
  ]);
});

it('CSV below no header is a warning with the fix, beside whatever else the board prints', () => {
  expect(told('boot ok\n12\n40000,250,-1.5e2\n80000,251,1300\n')).toEqual([
    'info ttyUSB0 prints "boot ok"',
    expect.stringMatching(/^warn ttyUSB0 prints "40000,250,-1.5e2" below no header; .* csvHeader/),
  ]);
});
