/**
 * Writes `examples/activity-csv/recordings/`, the tables of docs/your-own-data.md: two recordings of each person of
 * sp_sw_har (docs/data.md), thinned out.
 *
 *     npx tsx scripts/make-example-csv.ts FOLDER    # the folder that holds sXX_YY_sw.csv.gz
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packageRoot } from '../commandline/package.ts';
import { numberIn, parseCsv } from '../trainer/datasets/csv.ts';
import { readDataFile } from '../trainer/datasets/data-files.ts';

/** Recordings of each person that are taken, the first ones. */
const PER_PERSON = 2;
/** Samples that become one, by their mean: 104 Hz are far more than the task reads. */
const SAMPLES = 3;
const MEASURED = ['ax', 'ay', 'az', 'gx', 'gy', 'gz'];

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('usage: npx tsx scripts/make-example-csv.ts FOLDER');
const target = join(packageRoot(), 'examples', 'activity-csv', 'recordings');
await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });

const taken = new Map<string, number>();
for (const name of (await readdir(source)).sort()) {
  const person = /^(s\d+)_\d+_sw\.csv\.gz$/.exec(name)?.[1];
  if (person === undefined) continue;
  const k = (taken.get(person) ?? 0) + 1;
  if (k > PER_PERSON) continue;
  taken.set(person, k);
  const table = parseCsv(name, (await readDataFile(join(source, name))).text, ['t', ...MEASURED, 'label']);
  const column = (wanted: string) => table.columns.indexOf(wanted);
  const lines = ['t,ax,ay,az,gx,gy,gz,label,person'];
  for (let i = 0; i + SAMPLES <= table.rows.length; i += SAMPLES) {
    const cells = table.rows.slice(i, i + SAMPLES).map((row) => row.cells);
    const mean = (wanted: string): string => {
      const sum = cells.reduce((total, own) => total + numberIn(own[column(wanted)]), 0);
      return String(Number((sum / SAMPLES).toFixed(2)));
    };
    const [t, label] = ['t', 'label'].map((wanted) => cells[0]![column(wanted)]!);
    lines.push([t, ...MEASURED.map(mean), label!.toLowerCase(), person].join(','));
  }
  await writeFile(join(target, `${person}-${k}.csv.gz`), gzipSync(`${lines.join('\n')}\n`, { level: 9 }));
}
