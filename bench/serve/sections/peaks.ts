import { type Figure, figure } from '../../figures.ts';
import type { MachinePeaks } from '../floors.ts';
import { threadsText } from './beside.ts';

/** What the machine can do, by which all else is judged. */
export function peakFigures(threads: number, { floatGflops, integerGops, reads }: MachinePeaks): Figure[] {
  const name = (what: string) => `machine, ${threadsText(threads)}: ${what}`;
  const bySize = reads.toSorted((a, b) => a.bytes - b.bytes);
  const reading = ({ bytes, gbPerS }: MachinePeaks['reads'][number]) =>
    figure({
      name: name(`reading ${Math.round(bytes / 1e6)} MB again and again`),
      unit: 'GB/s',
      ours: gbPerS,
    });
  return [
    figure({ name: name('matrix product, floats'), unit: 'GFLOP/s', ours: floatGflops }),
    figure({ name: name('matrix product, 8-bit integers'), unit: 'GOP/s', ours: integerGops }),
    ...[bySize[0]!, bySize.at(-1)!].map(reading),
  ];
}
