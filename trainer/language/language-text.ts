import { columns } from '../../commandline/columns.ts';
import type { CheckpointReport } from './checkpoint-reports.ts';
import { CLOZE_NAMES, type ClozeFigures, type ClozeName, type LanguageReport } from './language-report.ts';

const CLOZE_TITLES: Readonly<Record<ClozeName, string>> = {
  nextWord: 'next word',
  nextSentence: 'next sentence',
  sentenceOrder: 'sentence order',
};

/** What is told of a model's language in one line: `1.4321 bits per byte, perplexity 23.4; next word 0.52 ..`. */
export const languageLine = ({ bitsPerByte, perplexity, cloze }: LanguageReport): string =>
  [
    `${bitsPerByte.toFixed(4)} bits per byte, perplexity ${perplexity.toFixed(2)}`,
    ...CLOZE_NAMES.flatMap((name) => {
      const { accuracy } = cloze[name];
      return accuracy === null ? [] : [`${CLOZE_TITLES[name]} ${accuracy.toFixed(3)}`];
    }),
  ].join(', ');

/** What a checkpoint says, a line each. */
export const checkpointText = ({ step, samples, language }: CheckpointReport): string =>
  [
    ...samples.map(({ prompt, completion }) => `${JSON.stringify(prompt)} → ${JSON.stringify(completion)}`),
    ...(language ? [languageLine(language)] : []),
  ]
    .map((line) => `pretrain: step ${step}: ${line}`)
    .join('\n');

/** A header row, then one for each variant. */
export function languageRows(reports: ReadonlyMap<string, LanguageReport>): string[][] {
  const header = ['variant', 'bits per byte', 'perplexity', ...CLOZE_NAMES.map((name) => CLOZE_TITLES[name])];
  const rows = [...reports].map(([variant, { bitsPerByte, perplexity, cloze }]) => [
    variant,
    bitsPerByte.toFixed(4),
    perplexity.toFixed(2),
    ...CLOZE_NAMES.map((name) => accuracyText(cloze[name])),
  ]);
  return [header, ...rows];
}

const accuracyText = ({ accuracy, ci95 }: ClozeFigures): string =>
  accuracy === null || ci95 === null
    ? 'none'
    : `${accuracy.toFixed(3)} (${ci95[0].toFixed(3)} to ${ci95[1].toFixed(3)})`;

/** What the rows are about; `reports` has one at least. */
export function languageSubject(reports: ReadonlyMap<string, LanguageReport>): string {
  const [{ text, documents, bytes, cloze }] = [...reports.values()] as [LanguageReport];
  const asked = CLOZE_NAMES.map((name) => `${cloze[name].n} of ${CLOZE_TITLES[name]}`).join(', ');
  return (
    `${text}: ${(bytes / 1e6).toFixed(2)} MB in ${documents} documents. Questions with four choices, ${asked}; chance is ` +
    `${cloze.nextWord.chance}, in brackets the 95 % interval.`
  );
}

/** For a terminal. */
export const languageReportText = (reports: ReadonlyMap<string, LanguageReport>): string =>
  `${languageSubject(reports)}\n${columns(languageRows(reports))}\n`;
