import type { Command } from '../../commandline/command.ts';
import {
  choice,
  durationMs,
  integer,
  orElse,
  parseFlags,
  required,
  text,
  toggle,
} from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { LiveLine } from '../../commandline/live-line.ts';
import { formatDuration } from '../../commandline/progress.ts';
import { palette } from '../../commandline/terminal.ts';
import { chooseVariant } from '../../model/bundle.ts';
import { openModel } from '../../model/open-model.ts';
import { DEVICES } from '../../model/runtime/device.ts';
import { ModelRuntime } from '../../model/runtime/runtime.ts';
import { subjectOf } from '../../pipeline/measure/subject.ts';
import { usageError } from '../../protocols/errors.ts';
import { type EnergyUse, energyUse } from '../bench/energy.ts';
import { measureSpeeds, measureStarts } from '../bench/figures.ts';
import { MachineWatch } from '../bench/machine-state.ts';
import { benchReport } from '../bench/report.ts';
import { reportText } from '../bench/report-text.ts';
import { type SustainedRun, sustain } from '../bench/sustained.ts';
import { sampleText } from '../bench/sustained-text.ts';
import { type Work, workOf } from '../bench/work.ts';
import { type EnergySource, findEnergyCounter } from '../machine/energy.ts';

export const command: Command = {
  name: 'bench',
  summary: 'Measure a model on this machine: speed, latency, memory, energy',
  usage: `
Usage: tinyllm bench --bundle DIR [flags]

  --bundle DIR    the model: a bundle, or a base without a task, which only reads and writes text
  --variant V     which of its variants (default: its first)
  --threads N     that compute (default 1)
  --device D      cpu, webgpu or coreml (default cpu)
  --duration T    then answer windows without a pause for so long, such as 30m, and show what becomes of speed and
                  temperature; Ctrl-C ends it with the figures so far
  --json          print the figures as one JSON object

Takes about half a minute. Whatever else the machine does is measured too: let it be idle. What each figure means:
docs/bench.md. Exits with 1 when the device is not available.
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, {
      bundle: required(text('DIR, such as models/gesture')),
      variant: text(),
      threads: orElse(integer({ min: 1 }), 1),
      device: orElse(choice(...DEVICES), 'cpu'),
      duration: durationMs(),
      json: toggle(),
    });
    const { device, threads, duration } = flags;
    if (duration === 0)
      throw usageError('--duration 0 is no time to work', 'write --duration 30m, or leave it out');
    const bundle = await openModel(flags.bundle);
    const variant = chooseVariant<{ readonly name: string }>(bundle, flags.variant).name;
    const subject = await subjectOf(bundle, { variant, threads, device });
    const sink = process.stderr;
    const report = await untilInterrupted(async (signal) => {
      const energySource = await findEnergyCounter();
      const watch = new MachineWatch('counter' in energySource ? energySource.counter : undefined);
      await watch.look();
      const runtime = await ModelRuntime.start(subject.model);
      try {
        const work = workOf(runtime, subject);
        const speeds = await measureSpeeds(runtime, subject, sink, signal);
        const energy = await measureEnergy(energySource, work, signal);
        const starts = await measureStarts(subject, sink, signal);
        const state = await watch.look();
        const sustained =
          duration === undefined ? undefined : await sustainedRun(work, duration, watch, signal);
        return benchReport({ bundle, variant, device, subject, speeds, ...starts, energy, state, sustained });
      } finally {
        await runtime.close();
      }
    });
    const out = process.stdout;
    out.write(`${flags.json ? JSON.stringify(report) : reportText(report, palette(out))}\n`);
  },
};

const ENERGY_EFFORT = { idleMs: 3000, workMs: 5000 };

async function measureEnergy(
  source: EnergySource,
  work: Work,
  signal: AbortSignal,
): Promise<EnergyUse | { readonly absent: string }> {
  if ('absent' in source) return source;
  const line = new LiveLine(process.stderr);
  line.show('energy: idle, then at work');
  try {
    const use = await energyUse(source.counter, work, ENERGY_EFFORT, signal);
    return use ?? { absent: `${source.counter.source} stands still` };
  } finally {
    line.finish();
  }
}

/** A line for every sample, and below them how long it will go on. */
async function sustainedRun(
  work: Work,
  duration: number,
  watch: MachineWatch,
  signal: AbortSignal,
): Promise<SustainedRun> {
  const line = new LiveLine(process.stderr);
  const tell = (sample: Parameters<typeof sampleText>[0]): void => {
    line.note(sampleText(sample));
    const leftMs = Math.max(0, duration - 1000 * sample.atS);
    line.show(
      `sustained  ${sample.windowsPerS.toPrecision(3)} ${work.unit}/s  ${formatDuration(leftMs)} left`,
    );
  };
  try {
    return await sustain(work, duration, watch, tell, signal);
  } finally {
    line.finish();
  }
}
