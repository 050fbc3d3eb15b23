import { type Bundle, type BundleVariant, readGolden } from '../../model/bundle.ts';
import { modelBytes } from '../../model/model-files.ts';
import { promptWriter } from '../../protocols/templates.ts';

const MB = 1 << 20;

/** ONNX Runtime with a first session, and the thread it runs in: 54 MB measured, more on other builds. */
const RUNTIME_BYTES = 70 * MB;
/** Weights are laid out anew for the kernels while the file's own are still there. */
const COPIES_OF_WEIGHTS = 2;
/** Windows that are open at one time: some boards, or one whose windows overlap. */
const OPEN_WINDOWS = 4;
/** A window's buffers double as it fills. */
const ROOM_OF_BUFFERS = 2;
const FLOAT_BYTES = 4;

/**
 * Bytes that a variant will take, in all likelihood no more: its weights, the runtime, and the keys and values of open
 * windows (2 x layers x tokens x width floats each).
 */
export async function neededMemoryBytes(bundle: Bundle, { name }: BundleVariant): Promise<number> {
  const { shape, task } = bundle.manifest;
  const [example] = await readGolden(bundle);
  const tokens = promptWriter(task, bundle.tokenizer).prefix.length + example!.tokens.length;
  const rows = Math.min(shape.context, ROOM_OF_BUFFERS * tokens);
  const cacheBytes = 2 * shape.layers * rows * shape.width * FLOAT_BYTES;
  return RUNTIME_BYTES + COPIES_OF_WEIGHTS * modelBytes(bundle, name) + OPEN_WINDOWS * cacheBytes;
}
