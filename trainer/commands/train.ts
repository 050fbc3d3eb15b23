import type { Command } from '../../commandline/command.ts';
import { runStages, STAGE_FLAGS } from './stages.ts';

export const command: Command = {
  name: 'train',
  summary: 'Make a model from a recipe: every stage from data to bundle',
  usage: `
Usage: tinyllm train --recipe FILE --out DIR --data PATH [flags]

Runs prepare, finetune, quantize, evaluate and bundle. The finished bundle is DIR/bundle/NAME;
DIR/report.html shows what was trained, how it learnt, where it errs and what it read: open it in a browser.

  --results DIR   also write the run's figures to DIR/RECIPE/SEED.json, from which docs/results.md is made
${STAGE_FLAGS}`,
  run: (argv) => runStages(argv, 'bundle'),
};
