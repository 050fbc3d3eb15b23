import { availableParallelism } from 'node:os';
import { integer, number, orElse, parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { Progress } from '../../commandline/progress.ts';
import { readHeldOutText } from '../language/held-out-text.ts';
import { type LanguageReport, languageReport, languageTask } from '../language/language-report.ts';
import { languageReportText } from '../language/language-text.ts';
import { openTextModel } from '../text-model.ts';

export const TEXT_FLAGS = `\
  --bundle DIR         the model: a bundle, or what \`tinyllm pretrain\` left
  --text FILE          text that it was not trained on; documents are parted by lines <|endoftext|>
  --variant V          one variant (default: all, one after the other)
  --max-mb N           read no more of the text; the longest documents are cut first (default 0.5)
  --questions N        of each kind, at most (default 300)
  --threads N          cores to work on (default: those of this machine)
  --json               print {"reports": {variant: report}} instead of a table
`;

/** What `tinyllm evaluate --text` does. */
export async function evaluateText(argv: readonly string[]): Promise<void> {
  const { flags } = parseFlags(argv, {
    bundle: required(text('DIR, such as runs/foundation/pretrain/model')),
    text: required(text('FILE')),
    variant: text(),
    maxMb: orElse(number({ min: 0.001 }), 0.5),
    questions: orElse(integer({ min: 0 }), 300),
    threads: orElse(integer({ min: 1 }), availableParallelism()),
    json: toggle(),
  });
  const { threads } = flags;
  const model = await openTextModel(flags.bundle);
  const task = languageTask(await readHeldOutText(flags.text, flags.maxMb * 1e6), flags.questions);
  const reports = new Map<string, LanguageReport>();
  await untilInterrupted(async (signal) => {
    for (const variant of flags.variant === undefined ? model.variants : [flags.variant]) {
      let bar: Progress | undefined;
      let shown = 0;
      const onProgress = (done: number, total: number): void => {
        const label = `evaluate ${variant}`;
        bar ??= new Progress({ sink: process.stderr, label, unit: 'documents and questions', total });
        bar.advance(done - shown);
        shown = done;
      };
      const report = await model
        .use({ variant, threads }, (runtime) =>
          languageReport({ ...model, runtime }, task, { signal, onProgress }),
        )
        .finally(() => bar?.finish());
      reports.set(variant, report);
    }
  });
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ reports: Object.fromEntries(reports) })}\n`
      : languageReportText(reports),
  );
}
