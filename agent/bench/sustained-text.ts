import { columns } from '../../commandline/columns.ts';
import { formatDuration } from '../../commandline/progress.ts';
import type { SustainedRun, SustainedSample } from './sustained.ts';
import type { Work } from './work.ts';

/** `40 s  31.2 windows/s  p50 32.0 ms  p95 33.1 ms  61 °C  1800 MHz  5.4 W  throttled` */
export function sampleText(sample: SustainedSample): string {
  const { atS, windowsPerS, windowMs, temperatureC, frequencyMhz, watts, throttled } = sample;
  return [
    formatDuration(1000 * atS).padStart(12),
    `${windowsPerS.toPrecision(3)}/s`,
    `p50 ${windowMs.p50.toPrecision(3)} ms`,
    `p95 ${windowMs.p95.toPrecision(3)} ms`,
    ...(temperatureC === null ? [] : [`${temperatureC.toFixed(0)} °C`]),
    ...(frequencyMhz === null ? [] : [`${frequencyMhz.toFixed(0)} MHz`]),
    ...(watts === null ? [] : [`${watts.toFixed(1)} W`]),
    ...(throttled === true ? ['throttled'] : []),
  ].join('  ');
}

/** A curve is read at so many points. */
const CURVE_POINTS = 10;

/** What became of a long run: its verdict, and the curve of speed, heat and clock. */
export function sustainedText(run: SustainedRun, unit: Work['unit']): string {
  if (run.samples.length === 0) return 'the sustained run was stopped before it began';
  const { seconds, windows, firstWindowsPerS, lastWindowsPerS, windowMs, interrupted } = run;
  const change = lastWindowsPerS / firstWindowsPerS - 1;
  return [
    `${formatDuration(1000 * seconds)} without a pause${interrupted ? ' (stopped early)' : ''}: ${windows} ${unit}, p50 ${windowMs.p50.toPrecision(3)} ms, p95 ${windowMs.p95.toPrecision(3)} ms`,
    `  first ${compared(seconds)} ${firstWindowsPerS.toPrecision(3)}/s, last ${lastWindowsPerS.toPrecision(3)}/s (${change >= 0 ? '+' : ''}${(100 * change).toFixed(1)} %)`,
    `  ${heat(run)}`,
    columns([header(unit), ...evenly(run.samples, CURVE_POINTS).map(curveRow)]),
  ].join('\n');
}

const header = (unit: Work['unit']): string[] => ['after', `${unit}/s`, 'p95 ms', '°C', 'MHz', 'W', ''];

const curveRow = (sample: SustainedSample): string[] => [
  formatDuration(1000 * sample.atS),
  sample.windowsPerS.toPrecision(3),
  sample.windowMs.p95.toPrecision(3),
  sample.temperatureC?.toFixed(0) ?? '-',
  sample.frequencyMhz?.toFixed(0) ?? '-',
  sample.watts?.toFixed(1) ?? '-',
  sample.throttled === true ? 'throttled' : '',
];

const compared = (seconds: number): string => (seconds >= 120 ? 'minute' : 'half');

function heat({ hottestC, throttled }: SustainedRun): string {
  const hottest =
    hottestC === null ? 'this machine does not tell its temperature' : `at most ${hottestC.toFixed(0)} °C`;
  const slowed =
    throttled === null
      ? 'nor whether it was slowed down'
      : throttled
        ? 'the processor was slowed down by heat or a weak supply'
        : 'the processor was not slowed down';
  return `${hottest}, ${throttled === null && hottestC !== null ? 'whether it was slowed down it does not tell' : slowed}`;
}

/** So many of them, the first and the last among them. */
function evenly<T>(values: readonly T[], count: number): T[] {
  if (values.length <= count) return [...values];
  return Array.from(
    { length: count },
    (_, i) => values[Math.round((i * (values.length - 1)) / (count - 1))]!,
  );
}
