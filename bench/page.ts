import type { Figure } from './figures.ts';
import type { BenchResult } from './result.ts';

/** The generated part of docs/benchmarks.md: the last run of every bench. */
export const benchmarksPage = (results: readonly BenchResult[]): string => results.map(section).join('\n\n');

function section({ bench, date, commit, isModified, machine, seconds, figures }: BenchResult): string {
  const { cpu, cores, memoryGb, platform, node } = machine;
  const version = commit === null ? 'unknown' : `${commit.slice(0, 10)}${isModified ? ', with changes' : ''}`;
  return [
    `## ${bench}`,
    ...[...bySubject(figures)].map(
      ([subject, told]) => `${subject === '' ? '' : `**${subject}**\n\n`}${table(told)}`,
    ),
    `${date.slice(0, 10)}, ${(seconds / 60).toFixed(1)} min; commit ${version}; ${cpu}, ${cores} cores, ${memoryGb} GB, ` +
      `${platform}, Node ${node}. Again: \`npm run -s bench -- ${bench} --save\``,
  ].join('\n\n');
}

/** What stands before a colon is what the figures are of. */
function bySubject(figures: readonly Figure[]): Map<string, Figure[]> {
  const subjects = new Map<string, Figure[]>();
  for (const figure of figures) {
    const end = figure.name.indexOf(': ');
    const subject = end < 0 ? '' : figure.name.slice(0, end);
    const name = end < 0 ? figure.name : figure.name.slice(end + 2);
    subjects.set(subject, [...(subjects.get(subject) ?? []), { ...figure, name }]);
  }
  return subjects;
}

const HEAD = ['', 'ours', 'peer', 'times as good', 'asked for', 'holds', ''];

function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, unit, ours, peer, ratio, target, holds, note }) => [
    name,
    `${ours.toLocaleString('en')} ${unit}`.trim(),
    peer === null ? '' : peer.toLocaleString('en'),
    ratio === null ? '' : String(ratio),
    target ?? '',
    holds === null ? '' : holds ? 'yes' : '**no**',
    note ?? '',
  ]);
  return [HEAD, HEAD.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
