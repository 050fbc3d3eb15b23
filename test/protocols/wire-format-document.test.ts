import { expect, it } from 'vitest';
import {
  FrameEncoder,
  HELLO_EVERY_MS,
  helloRequest,
  MAX_CHANNELS,
  MAX_FRAME_BYTES,
  onWire,
} from '../../protocols/frames.ts';
import { readRepositoryFile } from '../architecture/files.ts';

const text = readRepositoryFile('docs/wire-format.md');

/** The bytes of the example, by the name at their first line. */
function examples(): Record<string, string> {
  const block = /### Example.*?```\n(.*?)```/s.exec(text)![1]!;
  const parts: Record<string, string> = {};
  let name = '';
  for (const line of block.trimEnd().split('\n')) {
    name = line.slice(0, 14).trim() || name;
    parts[name] = `${parts[name] ?? ''} ${line.slice(14).trim()}`.trim();
  }
  return parts;
}

const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

it('docs/wire-format.md shows frames as they are made', () => {
  const encoder = new FrameEncoder(
    {
      board: 'desk',
      firmware: 'fw 1',
      rateHz: 25,
      encoding: 'int16',
      clock: 'boot',
      channels: [
        { name: 'proximity', unit: 'count', scale: 1 },
        { name: 'accel.x', unit: 'g', scale: 1 / 4096 },
      ],
    },
    0x00c0ffee,
  );
  const rows = [
    [254, 0.5],
    [253, undefined],
  ];
  expect(examples()).toEqual({
    HELLO: hex(encoder.hello(1_000_000)),
    SAMPLES: hex(encoder.samples({ timeUs: 1_040_000, periodUs: 40_000, rows })),
    STATUS: hex(encoder.status(2_000_000)),
    HELLO_REQUEST: hex(helloRequest()),
    'on the wire': hex(onWire(helloRequest())),
  });
});

it('docs/wire-format.md states the limits', () => {
  expect(text).toContain(`| frame | ${MAX_FRAME_BYTES} bytes |`);
  expect(text).toContain(`| channels | ${MAX_CHANNELS} |`);
  expect(HELLO_EVERY_MS).toBe(2000);
});
