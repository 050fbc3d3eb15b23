import { describe, expect, it } from 'vitest';
import { ProtobufMessage } from '../../../model/onnx/protobuf.ts';

const hex = (message: ProtobufMessage) => Buffer.from(message.finish()).toString('hex');

describe('ProtobufMessage', () => {
  it('writes the examples of the encoding guide', () => {
    // https://protobuf.dev/programming-guides/encoding/
    expect(hex(new ProtobufMessage().int(1, 150))).toBe('089601');
    expect(hex(new ProtobufMessage().string(2, 'testing'))).toBe('120774657374696e67');
    expect(hex(new ProtobufMessage().message(3, new ProtobufMessage().int(1, 150)))).toBe('1a03089601');
    expect(hex(new ProtobufMessage().int(1, -2))).toBe('08feffffffffffffffff01');
  });

  it('writes 64-bit integers, floats and field numbers beyond one byte', () => {
    expect(hex(new ProtobufMessage().int(1, 2n ** 63n - 1n))).toBe('08ffffffffffffffff7f');
    expect(hex(new ProtobufMessage().float(2, 1))).toBe('150000803f');
    expect(hex(new ProtobufMessage().int(20, 7))).toBe('a00107');
  });
});
