import type { Command } from '../../commandline/command.ts';
import { parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { isBase, openModel } from '../../model/open-model.ts';
import { verifyGolden } from '../../model/verify.ts';
import { verifyLanguage } from '../../model/verify-language.ts';

export const command: Command = {
  name: 'verify',
  summary: 'Check a bundle: checksums, and golden examples on this machine',
  usage: `
Usage: tinyllm verify --bundle DIR [--json]

  --bundle DIR  the bundle
  --json        print the result as JSON

Exit status 1 when a file is damaged or an answer is not what the bundle says.
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, {
      bundle: required(text('DIR, such as models/gesture')),
      json: toggle(),
    });
    const bundle = await openModel(flags.bundle);
    const golden = await (isBase(bundle) ? verifyLanguage(bundle) : verifyGolden(bundle));
    const ok = golden.every((result) => result.ok);
    const files = Object.keys(bundle.manifest.files).length;
    if (flags.json) {
      process.stdout.write(`${JSON.stringify({ ok, bundle: bundle.hash, files, golden })}\n`);
    } else {
      process.stdout.write(`${files} files match their checksums\n`);
      for (const { id, variant, ok: fine, tokensEqual, largestError } of golden) {
        const tokens = tokensEqual ? 'tokens equal' : 'OTHER TOKENS';
        const difference = largestError === 0 ? '0' : largestError.toExponential(1);
        process.stdout.write(
          `${fine ? 'ok   ' : 'WRONG'}  ${variant}  ${id}: ${tokens}, largest difference ${difference}\n`,
        );
      }
      const agreeing = golden.filter((result) => result.ok).length;
      process.stdout.write(`${agreeing} of ${golden.length} golden answers agree\n`);
    }
    return ok ? 0 : 1;
  },
};
