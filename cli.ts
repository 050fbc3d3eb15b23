import type { CommandTable } from './commandline/command.ts';
import { dispatch } from './commandline/dispatch.ts';
import { packageVersion } from './commandline/package.ts';

/** Every command, loaded only when it is asked for: `tinyllm --help` reads no model. */
export const COMMANDS: CommandTable = {
  demo: {
    summary: 'Watch a model read a real recording: broker, virtual board and agent in one process',
    load: () => import('./agent/commands/demo.ts'),
  },
  run: {
    summary: 'Run the agent: boards in, predictions out on MQTT',
    load: () => import('./agent/commands/run.ts'),
  },
  replay: {
    summary: 'Feed a recording to the agent as if its boards were live',
    load: () => import('./agent/commands/replay.ts'),
  },
  validate: {
    summary: 'Check an agent configuration without starting it',
    load: () => import('./agent/commands/validate.ts'),
  },
  simulate: {
    summary: 'A virtual board: replay a recording over a serial port or MQTT, as live as you like',
    load: () => import('./agent/commands/simulate.ts'),
  },
  bridge: {
    summary: 'Forward a serial board to MQTT, for an agent that runs elsewhere',
    load: () => import('./agent/commands/bridge.ts'),
  },
  doctor: {
    summary: 'Look at machine, boards, broker and disk, and say what would go wrong',
    load: () => import('./agent/commands/doctor.ts'),
  },
  record: {
    summary: 'Record live boards with labels, ready for the trainer',
    load: () => import('./agent/commands/record.ts'),
  },
  train: {
    summary: 'Make a model from a recipe: every stage from data to bundle',
    load: () => import('./trainer/commands/train.ts'),
  },
  prepare: {
    summary: 'Stage 1 of training: split the data, cut windows, write tokens; or a corpus to pre-train on',
    load: () => import('./trainer/commands/prepare.ts'),
  },
  pretrain: {
    summary: 'Teach a model language, or sensor data as language, from a prepared corpus',
    load: () => import('./trainer/commands/pretrain.ts'),
  },
  finetune: {
    summary: 'Stage 2 of training: teach a model the task',
    load: () => import('./trainer/commands/finetune.ts'),
  },
  quantize: {
    summary: 'Stage 3 of training: make smaller variants of a model, and refuse those that lose too much',
    load: () => import('./trainer/commands/quantize.ts'),
  },
  evaluate: {
    summary: 'Score a bundle on a data set, or a trained model as stage 4 of training',
    load: () => import('./trainer/commands/evaluate.ts'),
  },
  bundle: {
    summary: 'Last stage of training: pack the model with its task, checksums and golden examples',
    load: () => import('./trainer/commands/bundle.ts'),
  },
  verify: {
    summary: 'Check a bundle: checksums, and golden examples on this machine',
    load: () => import('./trainer/commands/verify.ts'),
  },
  bench: {
    summary: 'Measure a model on this machine: speed, latency, memory, energy',
    load: () => import('./agent/commands/bench.ts'),
  },
  generate: {
    summary: 'Continue a prompt with the model of a bundle',
    load: () => import('./trainer/commands/generate.ts'),
  },
  convert: {
    summary: 'Write the data of a recipe as recordings, to replay them',
    load: () => import('./trainer/commands/convert.ts'),
  },
  export: {
    summary: 'Write the model of a bundle for llama.cpp, Hugging Face or ONNX Runtime',
    load: () => import('./trainer/commands/export.ts'),
  },
  import: {
    summary: 'Turn a Hugging Face GPT-2 folder into a base model',
    load: () => import('./trainer/commands/import.ts'),
  },
};

// A reader that has seen enough (`tinyllm ... | head`) closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

// Not process.exit(): what is still on its way to a pipe must arrive.
process.exitCode = await dispatch(COMMANDS, process.argv.slice(2), {
  version: packageVersion(),
  stdout: process.stdout,
  stderr: process.stderr,
});
