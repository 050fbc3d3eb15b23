import type { Inputs } from './baseline.ts';

const PROCESS_EVENTS = ['uncaughtException', 'unhandledRejection'];

/**
 * Yggdrasil Decision Forests, loaded afresh for each training, so that a forest's memory goes with it. At every load
 * Emscripten hooks into the process, by which it would hold that memory for good and answer for errors that are not its
 * own: it is unhooked.
 */
export async function loadForests() {
  const { default: load } = await import('ydf-training');
  const known = new Set(PROCESS_EVENTS.flatMap((event) => process.rawListeners(event)));
  const library = await load({ print: () => {}, printErr: () => {} });
  for (const event of PROCESS_EVENTS) {
    for (const listener of process.rawListeners(event)) {
      if (!known.has(listener)) process.off(event, listener as () => void);
    }
  }
  return library;
}

/** Inputs by column, to train on: NaN where a value is missing. */
export const taughtColumns = (inputs: Inputs): Record<string, number[]> =>
  Object.fromEntries(inputs[0]!.map((_, i) => [`x${i}`, inputs.map((row) => row[i]!)]));

/** The same to predict from: the library then wants null where a value is missing. */
export const askedColumns = (inputs: Inputs): Record<string, (number | null)[]> =>
  Object.fromEntries(
    Object.entries(taughtColumns(inputs)).map(([name, values]) => [
      name,
      values.map((value) => (Number.isNaN(value) ? null : value)),
    ]),
  );
