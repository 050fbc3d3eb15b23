import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { MAX_BACKLOG_BYTES, SlowReaders } from '../../../agent/mqtt/slow-readers.ts';

describe('a reader that does not read', () => {
  it('is passed over, cut off after five seconds, and forgiven once it has caught up', () => {
    let now = 0;
    const readers = new SlowReaders(() => now);
    const stream = new PassThrough({ highWaterMark: 1 });
    stream.write('x');
    expect(readers.judge(stream)).toBe('send');
    stream.write(Buffer.alloc(MAX_BACKLOG_BYTES));
    expect(readers.judge(stream)).toBe('pass over');
    now = 4999;
    expect(readers.judge(stream)).toBe('pass over');
    now = 5000;
    expect(readers.judge(stream)).toBe('cut off');

    const quick = new PassThrough();
    expect(readers.judge(quick)).toBe('send');
  });

  it('has another five seconds after it has caught up', () => {
    let now = 0;
    const readers = new SlowReaders(() => now);
    const stream = { writableLength: MAX_BACKLOG_BYTES } as PassThrough & { writableLength: number };
    expect(readers.judge(stream)).toBe('pass over');
    Object.assign(stream, { writableLength: 0 });
    now = 6000;
    expect(readers.judge(stream)).toBe('send');
    Object.assign(stream, { writableLength: MAX_BACKLOG_BYTES });
    expect(readers.judge(stream)).toBe('pass over');
  });
});
