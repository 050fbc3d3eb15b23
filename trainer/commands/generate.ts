import { join } from 'node:path';
import type { Command } from '../../commandline/command.ts';
import { integer, number, orElse, parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { chooseVariant, openBundle } from '../../model/bundle.ts';
import { ModelRuntime } from '../../model/runtime/runtime.ts';
import { usageError } from '../../protocols/errors.ts';

export const command: Command = {
  name: 'generate',
  summary: 'Continue a prompt with the model of a bundle',
  usage: `
Usage: tinyllm generate --bundle DIR --prompt TEXT [flags]

  --bundle DIR       the model
  --prompt TEXT      what to continue
  --max-tokens N     stop after so many tokens (default 64); end of text stops it before
  --temperature T    0 takes the most probable token each time (default 0)
  --top-k N          draw only from the N most probable tokens
  --top-p P          draw only from the most probable tokens that together reach P
  --seed N           of the draws (default 1)
  --variant V        a variant of the bundle (default: its first)
  --json             print {"prompt", "completion", "tokens"} at the end

A sensing model has learnt whole windows and nothing else. What models/gesture can continue is "Which hand gesture?"
and 25 steps of four numbers each; after fewer it says a label too, which then means nothing.
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, {
      bundle: required(text('DIR, such as models/gesture')),
      prompt: required(text('TEXT')),
      maxTokens: orElse(integer({ min: 1 }), 64),
      temperature: orElse(number({ min: 0 }), 0),
      topK: integer({ min: 1 }),
      topP: number({ min: 0, max: 1 }),
      seed: orElse(integer({ min: 0 }), 1),
      variant: text(),
      json: toggle(),
    });
    const bundle = await openBundle(flags.bundle);
    const { tokenizer, manifest } = bundle;
    const prompt = tokenizer.encode(flags.prompt);
    if (prompt.length === 0)
      throw usageError('the prompt is empty', 'give at least one character to --prompt');
    const runtime = await ModelRuntime.start({
      modelPath: join(bundle.folder, chooseVariant(bundle, flags.variant).file),
      shape: manifest.shape,
      threads: 1,
    });
    try {
      const drawn = runtime.generate(prompt, {
        maxTokens: flags.maxTokens,
        temperature: flags.temperature,
        ...(flags.topK === undefined ? {} : { topK: flags.topK }),
        ...(flags.topP === undefined ? {} : { topP: flags.topP }),
        seed: flags.seed,
        stopToken: tokenizer.endOfText,
      });
      const decoder = tokenizer.streamingDecoder();
      const tokens: number[] = [];
      let completion = '';
      const show = (piece: string): void => {
        completion += piece;
        if (!flags.json) process.stdout.write(piece);
      };
      await untilInterrupted(async (signal) => {
        for await (const token of drawn) {
          tokens.push(token);
          show(decoder.push(token));
          if (signal.aborted) break;
        }
      });
      show(decoder.end());
      process.stdout.write(
        flags.json ? `${JSON.stringify({ prompt: flags.prompt, completion, tokens })}\n` : '\n',
      );
    } finally {
      await runtime.close();
    }
  },
};
