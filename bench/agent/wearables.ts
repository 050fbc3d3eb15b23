import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lastValueFrom, merge, takeUntil, timer, toArray } from 'rxjs';
import { replayReadings } from '../../agent/sources/replay.ts';
import { packageRoot } from '../../commandline/package.ts';
import { newest } from '../../pipeline/load.ts';
import { Meter } from '../../pipeline/meter.ts';
import { predictions } from '../../pipeline/predictions.ts';
import { type Recording, readRecordings } from '../../protocols/recording.ts';
import { ImuRecordings } from '../../trainer/datasets/imu-recordings.ts';
import { swimRecording } from '../../trainer/datasets/swim.ts';
import { brainOfSize, type Size } from './wearable-models.ts';

/**
 * A process that reads eight wearables at their own pace with a model of a size: `Wish` in, `Kept` out. Swimmers where the
 * data set is there, else the gestures that ship.
 */
export interface Wish {
  readonly size: Size;
  readonly seconds: number;
  readonly folder: string;
}
export interface Kept {
  readonly parameters: number;
  readonly windows: number;
  /** Windows without an answer. */
  readonly dropped: number;
  /** From a window's last sample to its answer. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Of one core. */
  readonly cpuShare: number;
  readonly source: string;
}

const WEARABLES = 8;

process.on('message', async (wish: Wish) => void process.send!(await wear(wish)));

async function wear({ size, seconds, folder }: Wish): Promise<Kept> {
  const { recordings, bundle } = await worn(seconds);
  const { brain, parameters } = await brainOfSize(bundle, size, folder);
  try {
    const meter = new Meter();
    const before = process.cpuUsage();
    const readings$ = merge(
      ...recordings.map((one, i) => replayReadings([{ ...one, board: `wrist-${i}` }], { speed: 1 })),
    ).pipe(takeUntil(timer(seconds * 1000)));
    const made = await lastValueFrom(
      readings$.pipe(predictions(brain, newest, meter, { agent: 'bench' }), toArray()),
    );
    const { user, system } = process.cpuUsage(before);
    return {
      parameters,
      windows: made.length,
      dropped: meter.dropped + meter.failed,
      p50Ms: meter.latencyMs(0.5) ?? Number.POSITIVE_INFINITY,
      p95Ms: meter.latencyMs(0.95) ?? Number.POSITIVE_INFINITY,
      cpuShare: (user + system) / 1e6 / seconds,
      source: bundle,
    };
  } finally {
    await brain.close();
  }
}

/** Eight recordings that last so long, of as many swimmers as there are; and the bundle that reads them. */
async function worn(seconds: number): Promise<{ recordings: Recording[]; bundle: string }> {
  const data = process.env.TINYLLM_DATA ?? join(packageRoot(), '..', 'shared', 'data');
  const folder = join(data, 'swim', 'recordings');
  const names = (await readdir(folder).catch(() => [])).map((file) => file.replace(/\.csv(\.gz)?$/, ''));
  const swimmers = await ImuRecordings.in(folder, swimRecording);
  const recordings: Recording[] = [];
  for (let i = 0; i < names.length && recordings.length < WEARABLES; i++) {
    // Names begin with the swimmer: taken from all over the list they are of different ones.
    const recording = await swimmers.get(names[(i * 13) % names.length]!);
    if (recording && recording.timesUs.at(-1)! - recording.timesUs[0]! > seconds * 1e6)
      recordings.push(recording);
  }
  if (recordings.length === WEARABLES) return { recordings, bundle: 'swim' };
  for await (const recording of readRecordings(join(packageRoot(), 'recordings/gesture-stream.jsonl.gz'))) {
    return { recordings: Array.from({ length: WEARABLES }, () => recording), bundle: 'gesture' };
  }
  throw new Error('the recording is empty');
}
