import type { Command } from '../../commandline/command.ts';
import { runStages, STAGE_FLAGS } from './stages.ts';

export const command: Command = {
  name: 'bundle',
  summary: 'Last stage of training: pack the model with its task, checksums and golden examples',
  usage: `
Usage: tinyllm bundle --recipe FILE --out DIR --data PATH [flags]

Writes DIR/bundle/NAME: model, tokenizer, golden examples, card.
${STAGE_FLAGS}`,
  run: (argv) => runStages(argv, 'bundle'),
};
