import { type Bundle, openBundle } from './bundle.ts';
import { BASE_FORMAT, isSharedBase, openSharedBase, type SharedBase } from './shared-base.ts';

/** Opens a bundle, or weights without a task; throws `TinyError` as `openBundle` does. */
export const openModel = async (folder: string): Promise<Bundle | SharedBase> =>
  (await isSharedBase(folder)) ? openSharedBase(folder) : openBundle(folder);

/** Whether a model knows of no task. */
export const isBase = (model: Bundle | SharedBase): model is SharedBase =>
  model.manifest.format === BASE_FORMAT;
