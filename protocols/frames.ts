/**
 * The serial wire format: what a board and a host must agree on byte for byte. See docs/wire-format.md.
 *
 * A board makes frames with `FrameEncoder`; `onWire` wraps one for a serial line, on MQTT it goes as it is.
 * A host reads bytes with `PortDecoder` (firmware-bridge), which finds frames in whatever comes in.
 */

export { cobsDecode, onWire } from './frames/cobs.ts';
export { crc32c } from './frames/crc32c.ts';
export { decodeFrame, type FrameFault } from './frames/decode.ts';
export { FrameEncoder, helloRequest } from './frames/encode.ts';
export * from './frames/format.ts';
export type {
  BoardDescription,
  ChannelDescription,
  Frame,
  HelloFrame,
  HelloRequestFrame,
  SamplesFrame,
  StatusFrame,
} from './frames/frame.ts';
