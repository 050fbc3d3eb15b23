import { availableParallelism, loadavg } from 'node:os';
import { PRESETS } from '../../model/shape.ts';
import { median } from '../../pipeline/measure/quantiles.ts';
import { TinyError } from '../../protocols/errors.ts';
import { findTorch } from '../../trainer/engines/torch/find-torch.ts';
import { type Figure, figure } from '../figures.ts';
import { threadsText } from '../serve/sections/beside.ts';
import { OurTrainee } from './our-trainee.ts';
import { preparationFigures } from './preparation.ts';
import { PyTorchTrainee } from './pytorch-trainee.ts';
import type { TimedStep, Trainee, TrainJob } from './trainee.ts';

/** The 30M preset with GPT-2's whole vocabulary, four samples of 256 tokens. */
const MODEL = {
  shape: { ...PRESETS['30M'], context: 1024, vocab: 50257 },
  batch: 4,
  tokens: 256,
} as const;
/** How many of a sample's tokens count in the loss. */
const KINDS = { 'pre-training': 256, 'fine-tuning': 16 } as const;
type Kind = keyof typeof KINDS;

const ROUNDS = 9;
const QUICK_ROUNDS = 2;
/** As many cores as there are threads. */
const CORES: ReadonlyMap<number, string> = new Map([
  [1, '0'],
  [2, '0,1'],
]);
/** Programs that want a core. */
const BUSY = 0.5;
const SPEED = { times: 1.15 };
const MEMORY = { times: 1 };
/** Of a thread: processors of the last ten years reach more, and the reference BLAS a tenth of it. */
const LEAST_GFLOPS_OF_THREAD = 10;

/** The onnx engine beside PyTorch, step by step in turn on the same cores; then how fast a corpus is prepared. */
export async function trainBench({ quick }: { readonly quick: boolean }): Promise<Figure[]> {
  const busy = loadavg()[0]!;
  if (busy > BUSY)
    tell(`other programs are running (load ${busy.toFixed(1)}): the figures will not be worth much`);
  const most = quick ? 1 : availableParallelism();
  const cores = new Map([...CORES].filter(([threads]) => threads <= most));
  const python = await pythonWithTorch();
  const figures: Figure[] = [];
  for (const threads of cores.keys()) {
    for (const kind of Object.keys(KINDS) as Kind[]) {
      tell(`${kind}, ${threadsText(threads)}`);
      figures.push(...(await trainingFigures(kind, threads, python, quick ? QUICK_ROUNDS : ROUNDS)));
    }
  }
  tell('preparation');
  return [...figures, ...(await preparationFigures(cores, quick))];
}

async function pythonWithTorch(): Promise<string | undefined> {
  try {
    return (await findTorch()).python;
  } catch (error) {
    if (!(error instanceof TinyError)) throw error;
    tell(`${error.message}: ours runs alone\nhint: ${error.hint}`);
    return undefined;
  }
}

async function trainingFigures(
  kind: Kind,
  threads: number,
  python: string | undefined,
  rounds: number,
): Promise<Figure[]> {
  const job: TrainJob = { ...MODEL, lossPositions: KINDS[kind], threads };
  const cores = CORES.get(threads)!;
  const ours = await OurTrainee.start(job, cores);
  const pytorch = python === undefined ? undefined : await PyTorchTrainee.start(python, job, cores);
  try {
    const isFair = pytorch !== undefined && judgeProduct(pytorch, threads);
    const trainees: Trainee[] = isFair ? [ours, pytorch] : [ours];
    const [own, peer] = await inTurn(trainees, rounds);
    const name = `30M ${kind}, ${threadsText(threads)}`;
    const note = pytorch && isFair ? `peer: PyTorch ${pytorch.about.version}` : undefined;
    const tokensPerS = (steps: readonly TimedStep[]): number =>
      (1000 * job.batch * job.tokens) / median(steps.map(({ ms }) => ms));
    const peakMb = (steps: readonly TimedStep[]): number => steps.at(-1)!.peakRssMb;
    return [
      figure({
        name: `${name}: tokens read in a second`,
        unit: 'tokens/s',
        ours: tokensPerS(own!),
        peer: peer && tokensPerS(peer),
        target: SPEED,
        ...(note !== undefined && { note }),
      }),
      figure({
        name: `${name}: peak memory`,
        unit: 'MB',
        ours: peakMb(own!),
        peer: peer && peakMb(peer),
        lessIsBetter: true,
        target: MEMORY,
        ...(note !== undefined && { note }),
      }),
    ];
  } finally {
    await ours.end();
    await pytorch?.end();
  }
}

/** Whether PyTorch multiplies as well as it can. */
function judgeProduct({ about: { productGflops } }: PyTorchTrainee, threads: number): boolean {
  if (productGflops >= LEAST_GFLOPS_OF_THREAD * threads) return true;
  tell(
    `PyTorch multiplies matrices at ${productGflops.toFixed(1)} GFLOP/s, with a BLAS that is no peer: ours runs alone\n` +
      'hint: on Debian, install libopenblas0-pthread',
  );
  return false;
}

/** Steps of each, round after round, forwards and backwards; the first round warms up and does not count. */
async function inTurn(trainees: readonly Trainee[], rounds: number): Promise<TimedStep[][]> {
  const turns = trainees.map((trainee) => ({ trainee, steps: [] as TimedStep[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const { trainee, steps } of round % 2 === 0 ? turns : turns.toReversed()) {
      const step = await trainee.step();
      if (round > 0) steps.push(step);
    }
  }
  return turns.map(({ steps }) => steps);
}

const tell = (line: string): void => void process.stderr.write(`${line}\n`);
