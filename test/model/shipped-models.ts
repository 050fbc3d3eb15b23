import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLE_FORMAT, MANIFEST } from '../../model/bundle.ts';
import { BASE_FORMAT } from '../../model/shared-base.ts';
import { REPOSITORY } from '../tools.ts';

export const MODELS = join(REPOSITORY, 'models');

const formatOf = (name: string): string =>
  JSON.parse(readFileSync(join(MODELS, name, MANIFEST), 'utf8')).format;

const folders = readdirSync(MODELS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** Each bundle that stands in the package, whatever it is called .. */
export const SHIPPED_BUNDLES = folders.filter((name) => formatOf(name) === BUNDLE_FORMAT);
/** .. and each model without a task. */
export const SHIPPED_BASES = folders.filter((name) => formatOf(name) === BASE_FORMAT);
