import type { LanguageExample } from '../../model/language-golden.ts';
import { type GptShape, parameterCount } from '../../model/shape.ts';
import type { SharedBaseManifest } from '../../model/shared-base.ts';
import type { BpeTokenizer } from '../../model/tokenizer.ts';
import type { FoundationSettings } from '../foundation-settings.ts';
import type { LanguageReport } from '../language/language-report.ts';
import { languageRows, languageSubject } from '../language/language-text.ts';
import { markdownTable } from './markdown-table.ts';

export interface FoundationCardInput {
  readonly name: string;
  readonly shape: GptShape;
  readonly lineage: SharedBaseManifest['lineage'];
  /** Those that ship. */
  readonly variants: SharedBaseManifest['variants'];
  /** Of these and of what they were compared with. */
  readonly reports: ReadonlyMap<string, LanguageReport>;
  readonly examples: readonly LanguageExample[];
  readonly tokenizer: BpeTokenizer;
  readonly settings: FoundationSettings;
}

/** The card of a pre-trained model, Markdown. Every figure in it was measured by the run that wrote it. */
export function foundationCard(input: FoundationCardInput): string {
  const { name, shape, lineage, variants, reports, settings } = input;
  const sections = [
    `# ${name}`,
    'A language model without a task: it continues text, and sensing models start from it (`tinyllm train --base`).',
    `A GPT-2 of ${(parameterCount(shape) / 1e6).toFixed(2)} M parameters (${shape.layers} layers, width ${shape.width}, ` +
      `${shape.heads} heads, context ${shape.context}, vocabulary ${shape.vocab}). ${trainedText(lineage)}`,
    ...(settings.data === undefined ? [] : [settings.data.trim()]),
    '## Language',
    languageSubject(reports),
    markdownTable(withBytes(languageRows(reports), variants)),
    `Measured through the serving graphs. A variant whose bits per byte rise by more than ${settings.maxRise} of those of fp32 is ` +
      'refused; a row without bytes does not ship.',
    '## What it says',
    exampleText(input),
    '## Limits',
    'It writes what is likely after a text, not what is true. It has seen the corpus and nothing else; the figures above are of ' +
      'text of the same sources, in documents that training left out.',
  ];
  return `${sections.join('\n\n')}\n`;
}

function trainedText({ pretraining }: SharedBaseManifest['lineage']): string {
  if (!pretraining) return '';
  const { corpus, recipe, engine, seed, steps, tokens } = pretraining;
  return (
    `Trained by \`npx tinyllm pretrain\` with the recipe \`${recipe.name}\`, engine ${engine}, seed ${seed}: ${steps} steps, ` +
    `${(tokens / 1e6).toFixed(1)} M tokens of the corpus ${corpus.slice(0, 12)}.`
  );
}

/** The same rows with the size of each file behind its name. */
const withBytes = (
  [header, ...rows]: readonly string[][],
  variants: SharedBaseManifest['variants'],
): string[][] => [
  ['variant', 'bytes', ...header!.slice(1)],
  ...rows.map(([name, ...figures]) => [
    name!,
    String(variants.find((variant) => variant.name === name)?.fileBytes ?? ''),
    ...figures,
  ]),
];

const exampleText = ({ examples, variants, tokenizer }: FoundationCardInput): string =>
  examples
    .map(({ prompt, variants: said }) => {
      const { continuation } = said[variants[0]!.name]!;
      return `- ${JSON.stringify(prompt)} → ${JSON.stringify(tokenizer.decode(continuation))}`;
    })
    .join('\n');
