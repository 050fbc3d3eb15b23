import { expect, it } from 'vitest';
import { humanLog } from '../../../agent/log.ts';
import { RareLog } from '../../../agent/rare-log.ts';
import { tellOfPort } from '../../../agent/sources/port-news.ts';
import type { ReaderEvent } from '../../../firmware-bridge/ports/port-reader.ts';
import { listen } from '../../firmware-bridge/wire/boards.ts';

/** What is logged of a port that tells this. */
function told(events: readonly ReaderEvent[]): string[] {
  const lines: string[] = [];
  const log = new RareLog(humanLog({ isTTY: false, write: (line) => lines.push(line.trimEnd()) }));
  for (const event of events) tellOfPort(event, 'ttyUSB0', log);
  return lines.map((line) => line.slice(line.indexOf(' ') + 1));
}

it('a wrong baud rate is told, or nobody would know why no readings come', () => {
  expect(told([{ kind: 'noise', bytes: 10_000 }])).toEqual([
    "warn 10000 bytes of ttyUSB0 are neither frames nor lines of text; is the baud rate the firmware's?",
  ]);
});

it('CSV below no header is a warning with the fix, beside whatever else the board prints', () => {
  const { hear, events } = listen();
  hear('\nboot ok\n12\n40000,250,-1.5e2\n80000,251,1300\n');
  expect(told(events)).toEqual([
    'info ttyUSB0 prints "boot ok"',
    expect.stringMatching(/^warn ttyUSB0 prints "40000,250,-1.5e2" below no header; .* csvHeader/),
  ]);
});
