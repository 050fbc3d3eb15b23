import type { Command } from '../../commandline/command.ts';
import { parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { readHuggingFaceFolder } from '../../model/hugging-face/folder.ts';
import { parameterCount } from '../../model/shape.ts';
import { mustBeNew } from '../artefact.ts';
import { writeBaseModel } from '../base-model.ts';

export const command: Command = {
  name: 'import',
  summary: 'Turn a Hugging Face GPT-2 folder into a base model',
  usage: `
Usage: tinyllm import --from DIR --out DIR [--json]

  --from DIR  config.json, model.safetensors (float32, float16 or bfloat16) and tokenizer.json of a GPT-2
  --out DIR   the new folder: model.safetensors (float32), state.json, tokenizer.json
  --json      print {"out", "shape", "parameters", "tokenizer"} instead of a line
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, {
      from: required(text('DIR')),
      out: required(text('DIR, such as runs/base')),
      json: toggle(),
    });
    await mustBeNew(flags.out);
    const model = await readHuggingFaceFolder(flags.from);
    await writeBaseModel(flags.out, model);
    const { shape, tokenizer } = model;
    const parameters = parameterCount(shape);
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ out: flags.out, shape, parameters, tokenizer: tokenizer.hash })}\n`
        : `wrote ${flags.out} (${(parameters / 1e6).toFixed(1)} M parameters: ${shape.layers} layers of width ${shape.width}, ${shape.vocab} tokens)\n`,
    );
  },
};
