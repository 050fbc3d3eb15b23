/**
 * The layout of a frame, as numbers. The prose is docs/wire-format.md; the C++ of the boards is
 * firmware-bridge/sketches/tinyllm_frames.h. All integers and floats are little-endian.
 */

/** First byte of every frame; on MQTT it tells a frame from JSON. */
export const FRAME_MAGIC = 0xa5;
export const FRAME_VERSION = 1;

/** What a frame is. From a board: 1 to 15. From a host: 16 and up. */
export const FRAME_TYPE = { hello: 1, samples: 2, status: 3, helloRequest: 16 } as const;

/** How samples lie in SAMPLES. */
export const ENCODING = { float32: 0, int16: 1 } as const;
export type SampleEncoding = keyof typeof ENCODING;
export const SAMPLE_BYTES: Readonly<Record<SampleEncoding, number>> = { float32: 4, int16: 2 };

/** An int16 sample that was not measured. (A float32 one is NaN.) */
export const MISSING_INT16 = -32768;

/** What the times of a board count from: its own start, or 1970 because it asked a time server. */
export const CLOCK = { boot: 0, epoch: 1 } as const;
export type BoardClockKind = keyof typeof CLOCK;

/** Magic, version, type, zero, session, sequence number, time. */
export const HEADER_BYTES = 20;
export const CRC_BYTES = 4;
/** Number of the first row, period, rows, channels, encoding. */
export const SAMPLES_HEADER_BYTES = 12;

/** A HELLO of 64 channels with names and units fits; a board that buffers one frame can afford it. */
export const MAX_FRAME_BYTES = 4096;
export const MAX_CHANNELS = 64;

/** How often a board repeats HELLO and STATUS unasked, in milliseconds. */
export const HELLO_EVERY_MS = 2000;
export const STATUS_EVERY_MS = 1000;
