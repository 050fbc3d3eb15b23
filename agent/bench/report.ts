import { availableParallelism, cpus } from 'node:os';
import type { Bundle } from '../../model/bundle.ts';
import { modelBytes } from '../../model/model-files.ts';
import type { Device } from '../../model/runtime/device.ts';
import type { SharedBase } from '../../model/shared-base.ts';
import { textLength } from '../../pipeline/measure/generation.ts';
import type { LoadTime } from '../../pipeline/measure/load-time.ts';
import type { MemoryUse } from '../../pipeline/measure/memory.ts';
import type { Subject } from '../../pipeline/measure/subject.ts';
import type { EnergyUse } from './energy.ts';
import type { Speeds } from './figures.ts';
import type { MachineState } from './machine-state.ts';
import type { SustainedRun } from './sustained.ts';

/** What `tinyllm bench --json` prints: the figures that others read first, what else was learnt behind them. */
export interface BenchReport extends Speeds {
  /** Of a process which serves one board. */
  readonly steadyRssMb: number;
  readonly peakRssMb: number;
  /** From the call to the first answer. */
  readonly loadMs: number;
  readonly fileBytes: number;

  readonly bundle: string;
  readonly variant: string;
  readonly device: Device;
  readonly threads: number;
  readonly machine: { readonly processor: string; readonly cores: number; readonly node: string };
  /** The parts of `loadMs`. */
  readonly load: Omit<LoadTime, 'totalMs'>;
  /** Beside the model: of Node.js, and of every further open window. */
  readonly memory: Pick<MemoryUse, 'bareRssMb' | 'perOpenWindowMb'>;
  /** How long the texts and windows were; 0 windows where the model has no task. */
  readonly tokens: {
    readonly prompt: number;
    readonly written: number;
    readonly window: number;
    readonly prefix: number;
  };
  /** Null where nothing counts it, which `energyAbsent` explains. */
  readonly energy: EnergyUse | null;
  readonly energyAbsent: string | null;
  /** After the figures above were measured. */
  readonly state: Pick<MachineState, 'temperatureC' | 'frequencyMhz' | 'throttled'>;
  /** With `--duration`. */
  readonly sustained: SustainedRun | null;
}

export interface Measured {
  readonly bundle: Bundle | SharedBase;
  readonly variant: string;
  readonly device: Device;
  readonly subject: Subject;
  readonly speeds: Speeds;
  readonly load: LoadTime;
  readonly memory: MemoryUse;
  readonly energy: EnergyUse | { readonly absent: string };
  readonly state: MachineState;
  readonly sustained: SustainedRun | undefined;
}

export function benchReport(measured: Measured): BenchReport {
  const { bundle, variant, device, subject, speeds, load, memory, energy, state, sustained } = measured;
  const { totalMs, ...parts } = load;
  const text = textLength(subject.model.shape);
  return {
    ...speeds,
    steadyRssMb: memory.steadyRssMb,
    peakRssMb: memory.peakRssMb,
    loadMs: totalMs,
    fileBytes: modelBytes(bundle, variant),
    bundle: bundle.manifest.name,
    variant,
    device,
    threads: subject.model.threads,
    machine: {
      processor: cpus()[0]?.model.trim() ?? process.arch,
      cores: availableParallelism(),
      node: process.version,
    },
    load: parts,
    memory: { bareRssMb: memory.bareRssMb, perOpenWindowMb: memory.perOpenWindowMb },
    tokens: {
      prompt: text.promptTokens,
      written: text.newTokens,
      window: subject.windows[0]?.flat().length ?? 0,
      prefix: subject.model.task?.prefix.length ?? 0,
    },
    energy: 'absent' in energy ? null : energy,
    energyAbsent: 'absent' in energy ? energy.absent : null,
    state: {
      temperatureC: state.temperatureC,
      frequencyMhz: state.frequencyMhz,
      throttled: state.throttled,
    },
    sustained: sustained ?? null,
  };
}
