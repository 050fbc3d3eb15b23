import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRecordings } from '../../../protocols/recording.ts';
import { readOwnRecordings } from '../../../trainer/datasets/own-recordings.ts';
import { readDataset } from '../../../trainer/datasets/registry.ts';
import { loadRecipe } from '../../../trainer/recipe.ts';
import { REPOSITORY } from '../../tools.ts';
import { countBy, folderWith } from './files.ts';

const recipe = (name: string) => loadRecipe(join(REPOSITORY, 'configs', 'recipes', `${name}.yaml`));
const shipped = (name: string) => join(REPOSITORY, 'recordings', name);
const labelOf = ({ label }: { readonly label: string }) => label;

describe('recordings of our own format', () => {
  it('are rows where their labels say so: one for each label of a task with a trigger', async () => {
    const { spec } = await recipe('gesture');
    const { rows } = await readOwnRecordings(shipped('gesture-stream.jsonl.gz'), { spec });
    expect(rows).toHaveLength(64);
    expect(rows[0]!.id).toMatch(/^gesture-stream\.jsonl\.gz: gesture-stream-1 at [\d.]+ s$/);
    expect(new Set(rows.map(({ context }) => context))).toHaveLength(1);
    expect(rows.every(({ recording }) => recording.group === 'gesture-stream-1')).toBe(true);
    const { rows: without } = await readOwnRecordings(shipped('gesture-stream.jsonl.gz'), {
      spec,
      ignoreLabels: ['Tap'],
    });
    const { Tap, ...others } = countBy(rows, labelOf);
    expect(countBy(without, labelOf)).toEqual(others);
    expect(Tap).toBeGreaterThan(0);
  });

  it('keep the split that they name', async () => {
    const { spec } = await recipe('local');
    const { rows } = await readDataset('recordings', shipped('local-test.jsonl.gz'), { spec });
    expect(countBy(rows, ({ splits }) => splits.split!)).toEqual({ test: 49 });
    expect(countBy(rows, labelOf)).toEqual({ 'Charging Station': 17, Entrance: 17, 'Server Rack': 15 });
  });

  it('are refused for a task of other channels, or with a split that is none', async () => {
    const { spec } = await recipe('activity');
    await expect(readOwnRecordings(shipped('gesture-stream.jsonl.gz'), { spec })).rejects.toThrow(
      /gesture-stream\.jsonl\.gz: recording gesture-stream-1 has no channel accel\.x, which task activity reads$/,
    );
    const own = (await recipe('local')).spec;
    const { rows } = await readOwnRecordings(shipped('local-test.jsonl.gz'), { spec: own });
    const file = join(folderWith({}), 'odd.jsonl');
    await writeRecordings(file, [{ ...rows[0]!.recording, split: 'dev' }]);
    await expect(readOwnRecordings(file, { spec: own })).rejects.toThrow(
      /odd\.jsonl: recording .* is of no split "dev"$/,
    );
  });
});
