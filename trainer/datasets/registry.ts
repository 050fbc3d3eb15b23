import { TinyError } from '../../protocols/errors.ts';
import type { Dataset, DatasetReader } from './dataset.ts';

/** The data sets that can be read, each in its own public layout. */
export const DATASET_NAMES = ['gesture', 'local'] as const;
export type DatasetName = (typeof DATASET_NAMES)[number];

/** Read a data set; its reader is loaded when it is wanted. Throws `TinyError` for a path that holds no such set. */
export async function readDataset(name: DatasetName, path: string): Promise<Dataset> {
  const read = await datasetReader(name);
  const dataset = await read(path);
  if (dataset.rows.length === 0) {
    throw new TinyError(
      `${path} has no row of ${name}: ${dataset.skipped[0] ?? 'it is empty'}`,
      'check that --data names the right set',
    );
  }
  return dataset;
}

async function datasetReader(name: DatasetName): Promise<DatasetReader> {
  switch (name) {
    case 'gesture':
      return (await import('./gesture.ts')).readGesture;
    case 'local':
      return (await import('./local.ts')).readLocal;
  }
}
