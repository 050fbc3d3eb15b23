import type { Palette } from '../../commandline/terminal.ts';
import type { Quantiles } from '../../pipeline/measure/quantiles.ts';
import { BOARDS } from './figures.ts';
import type { BenchReport } from './report.ts';
import { sustainedText } from './sustained-text.ts';
import type { Work } from './work.ts';

/** What a figure is called, its value, and a sentence that says what it means. */
type Line = readonly [name: string, value: string, meaning: string];

/** What is said of a model that answers windows, and of one without a task. */
const WORDS = {
  windows: {
    one: 'window',
    ready: 'to the first answer',
    serves: 'serves one board',
    atWork: 'windows are answered',
  },
  texts: { one: 'text', ready: 'until it can write', serves: 'writes', atWork: 'texts are written' },
} as const;

const unitOf = ({ windowMs }: BenchReport): Work['unit'] => (windowMs === null ? 'texts' : 'windows');

/** For a terminal. */
export function reportText(report: BenchReport, { bold, dim }: Palette): string {
  const { bundle, variant, device, threads, machine } = report;
  const lines = [...speedLines(report), ...startLines(report), ...energyLines(report), ...stateLines(report)];
  const nameWidth = Math.max(...lines.map(([name]) => name.length));
  const valueWidth = Math.max(...lines.map(([, value]) => value.length));
  return [
    `${bold(`${bundle} (${variant})`)} on ${device}, ${threads === 1 ? '1 thread' : `${threads} threads`}  ${dim(`${machine.processor}, ${machine.cores === 1 ? '1 core' : `${machine.cores} cores`}, Node ${machine.node}`)}`,
    ...lines.map(
      ([name, value, meaning]) =>
        `  ${name.padEnd(nameWidth)}  ${value.padStart(valueWidth)}  ${dim(meaning)}`,
    ),
    ...(report.energyAbsent === null ? [] : [dim(`  no energy: ${report.energyAbsent}`)]),
    ...(report.state.temperatureC === null ? [dim(`  no temperature: ${NO_THERMOMETER}`)] : []),
    ...(report.windowMs === null ? [dim('  no windows: this model has no task, it writes text')] : []),
    ...(report.sustained === null ? [] : ['', sustainedText(report.sustained, unitOf(report))]),
  ].join('\n');
}

function speedLines(report: BenchReport): Line[] {
  const { prefillTokensPerS, decodeTokensPerS, windowMs, lastSampleMs, windowsPerS, tokens } = report;
  const text: Line[] = [
    [
      'prefill',
      `${rate(prefillTokensPerS)} tokens/s`,
      `Reading a prompt of ${tokens.prompt} tokens at once, to the first new token.`,
    ],
    ['decode', `${rate(decodeTokensPerS)} tokens/s`, 'Writing text behind it, one token after the other.'],
  ];
  if (windowMs === null || lastSampleMs === null || windowsPerS === null) return text;
  return [
    ...text,
    [
      'one shot',
      `${both(windowMs)} ms`,
      `A whole window (${tokens.window} tokens) to its answer: median / 95 of 100 are faster.`,
    ],
    [
      'last sample',
      `${both(lastSampleMs)} ms`,
      'What a person waits for: the rows before the last were read as they came.',
    ],
    [
      `${BOARDS} boards`,
      `${rate(windowsPerS)} windows/s`,
      `How many windows it answers when ${BOARDS} boards always have one.`,
    ],
  ];
}

const NO_THERMOMETER =
  'this machine shows no thermal zone in /sys/class/thermal, no sensor of the processor in /sys/class/hwmon';

function startLines(report: BenchReport): Line[] {
  const { loadMs, load, steadyRssMb, peakRssMb, memory, fileBytes } = report;
  const { ready, serves } = WORDS[unitOf(report)];
  const session = `${ms(load.sessionMs)} of it reading the model, ${ms(load.workerMs)} its thread`;
  const window =
    memory.perOpenWindowMb >= 0.1
      ? `; each further open window ${memory.perOpenWindowMb.toFixed(1)} MB more`
      : '';
  return [
    ['load', `${ms(loadMs)} ms`, `From the call ${ready}, ${session}.`],
    [
      'memory',
      `${steadyRssMb.toFixed(0)} MB`,
      `Of a process that ${serves}, ${memory.bareRssMb.toFixed(0)} of them Node.js${window}.`,
    ],
    ['peak', `${peakRssMb.toFixed(0)} MB`, 'The most that process ever had.'],
    ['file', `${(fileBytes / 1e6).toFixed(1)} MB`, 'The model on disk.'],
  ];
}

function energyLines(report: BenchReport): Line[] {
  const { energy } = report;
  if (energy === null) return [];
  const { one, atWork } = WORDS[unitOf(report)];
  const { source, idleW, meanW, joulesPerWindow } = energy;
  return [
    [
      'energy',
      `${joulesPerWindow.toPrecision(3)} J/${one}`,
      `By ${source}, without the ${idleW.toFixed(1)} W of the idle machine.`,
    ],
    ['power', `${meanW.toFixed(1)} W`, `On average while ${atWork} without a pause, idle included.`],
  ];
}

function stateLines({ state: { temperatureC, throttled } }: BenchReport): Line[] {
  const slowed = throttled === true ? 'The processor was slowed down: figures are too low.' : undefined;
  if (temperatureC === null) return slowed === undefined ? [] : [['throttled', 'yes', slowed]];
  const afterwards = 'Of the hottest sensor, afterwards.';
  return [['temperature', `${temperatureC.toFixed(0)} °C`, slowed ?? afterwards]];
}

const both = ({ p50, p95 }: Quantiles): string => `${ms(p50)} / ${ms(p95)}`;
const ms = (value: number): string => (value < 99.5 ? value.toPrecision(3) : value.toFixed(0));
const rate = (value: number): string =>
  value < 99.5 ? value.toPrecision(3) : Math.round(value).toLocaleString('en');
