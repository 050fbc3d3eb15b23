/** One field of a message: a varint as a number, or the bytes of a string, a message or packed numbers. */
export interface ProtobufField {
  readonly number: number;
  readonly value: number | Uint8Array;
}

/**
 * The fields of one protocol buffer message in file order (https://protobuf.dev/programming-guides/encoding/): the
 * other half of `ProtobufMessage`. Bytes are views of `message`. Varints above 2^53 lose their low bits, as no size or
 * enum of ONNX is so large. Throws a `RangeError` where the message is cut short or is none.
 */
export function* protobufFields(message: Uint8Array): Generator<ProtobufField> {
  let offset = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = message[offset++];
      if (byte === undefined || scale > MAX_VARINT_SCALE) throw new RangeError('it ends inside a number');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number): Uint8Array => {
    if (offset + length > message.length) throw new RangeError('it ends inside a field');
    offset += length;
    return message.subarray(offset - length, offset);
  };
  while (offset < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (wireType === WIRE_VARINT) yield { number, value: varint() };
    else if (wireType === WIRE_LENGTH_DELIMITED) yield { number, value: bytes(varint()) };
    else if (wireType === WIRE_FIXED32) yield { number, value: bytes(4) };
    else if (wireType === WIRE_FIXED64) yield { number, value: bytes(8) };
    else throw new RangeError(`it has a field of wire type ${wireType}`);
  }
}

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_LENGTH_DELIMITED = 2;
const WIRE_FIXED32 = 5;
/** A varint has at most ten bytes of seven bits. */
const MAX_VARINT_SCALE = 0x80 ** 9;
