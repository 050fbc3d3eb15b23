import type { Command } from '../../commandline/command.ts';
import { runStages, STAGE_FLAGS } from './stages.ts';

export const command: Command = {
  name: 'quantize',
  summary: 'Stage 3 of training: make smaller variants of a model, and refuse those that lose too much',
  usage: `
Usage: tinyllm quantize --recipe FILE --out DIR --data PATH [flags]

Makes the variants that the recipe names under \`quantize\` (fp32, int8, q8, q4) and measures them on the validation
split: accuracy, agreement with fp32, time and memory.
${STAGE_FLAGS}`,
  run: (argv) => runStages(argv, 'quantize'),
};
