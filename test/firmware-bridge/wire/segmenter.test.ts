import { describe, expect, it } from 'vitest';
import { MAX_SEGMENT_BYTES } from '../../../firmware-bridge/wire/segmenter.ts';
import { CountingBoard, joined, listen } from './boards.ts';

const TEN_MB = 10_000_000;

describe('ten megabytes without a delimiter', () => {
  it.each([
    ['zeros', 0, 0],
    ['letters', 0x41, TEN_MB],
    ['the beginning of a frame', 0x04, TEN_MB],
    ['bytes that are not printable', 0xff, TEN_MB],
  ])('of %s are dropped, not kept, and what comes after is read', (_, byte, dropped) => {
    const { hear, values, decoder } = listen();
    const piece = new Uint8Array(100_000).fill(byte);
    const before = process.memoryUsage().arrayBuffers;
    for (let sent = 0; sent < TEN_MB; sent += piece.length) hear(piece);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(TEN_MB / 2);
    const board = new CountingBoard();
    hear(joined(board.hello(), board.samples()));
    hear('{"v":{"accel.x":5}}\n');
    expect(values()).toEqual([0, 5]);
    expect(decoder.counters.bytesDropped).toBe(dropped);
  });
});

describe('a line', () => {
  it('may be as long as a frame, and is dropped when it is longer', () => {
    const { hear, of, decoder } = listen();
    hear(`\n${'a'.repeat(MAX_SEGMENT_BYTES)}\n${'b'.repeat(MAX_SEGMENT_BYTES + 1)}\nc\n`);
    expect(of('text').map(({ line }) => line[0])).toEqual(['a', 'c']);
    expect(decoder.counters.bytesDropped).toBe(MAX_SEGMENT_BYTES + 1);
  });

  it('that is not printable is dropped alone where there are no frames', () => {
    const { hear, of } = listen();
    hear('\n\u0001\u0002\nsecond\n\u0004\u0004third\nfourth\n');
    expect(of('text').map(({ line }) => line)).toEqual(['second', 'fourth']);
  });

  it('is read again when a board has changed from frames to text', () => {
    const { hear, of } = listen();
    hear(new CountingBoard().hello());
    hear(`\u0001${'log line\n'.repeat(1000)}`);
    const lines = of('text');
    expect(lines.length).toBeGreaterThan(400);
    expect(new Set(lines.slice(1).map(({ line }) => line))).toEqual(new Set(['log line']));
  });
});
