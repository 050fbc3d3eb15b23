import type { Command } from '../../commandline/command.ts';
import { runStages, STAGE_FLAGS } from './stages.ts';

export const command: Command = {
  name: 'finetune',
  summary: 'Stage 2 of training: teach a model the task',
  usage: `
Usage: tinyllm finetune --recipe FILE --out DIR --data PATH [flags]

Trains on the prepared prompts and keeps the weights that do best on the validation split.
${STAGE_FLAGS}`,
  run: (argv) => runStages(argv, 'finetune'),
};
