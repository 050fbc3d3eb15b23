import { describe, expect, it } from 'vitest';
import { parseTaskSpec } from '../../../protocols/task.ts';
import { checkSplits } from '../../../trainer/datasets/check-splits.ts';
import type { Dataset, LabelledRow } from '../../../trainer/datasets/dataset.ts';
import { splitByRule } from '../../../trainer/datasets/split-by-rule.ts';
import { splitTable, splitText } from '../../../trainer/datasets/split-table.ts';
import { recordingOf } from '../../protocols/examples.ts';

const spec = parseTaskSpec(
  {
    name: 'rooms',
    instruction: 'Where?',
    input: { kind: 'snapshot', maxAgeMs: 1000, channels: [{ channel: 'sound' }] },
    window: { rows: 1, hopMs: 1000 },
    answers: { kind: 'labels', labels: ['hall', 'attic'] },
  },
  'task',
);
let value = 0;
const row = (split: string, label: string, group: string): LabelledRow => {
  value++;
  const recording = { ...recordingOf(['sound'], [[0, value]]), group };
  return { id: `a.csv:${value}`, label, splits: { split }, recording };
};
const honest = [
  row('train', 'hall', 'ann'),
  row('train', 'attic', 'ann'),
  row('validation', 'hall', 'bo'),
  row('validation', 'attic', 'bo'),
  row('test', 'hall', 'cy'),
  row('test', 'attic', 'cy'),
];

function check(rows: readonly LabelledRow[], more: object = {}, set: Partial<Dataset> = {}): string[] {
  const notes: string[] = [];
  const dataset = { rows, skipped: [], hash: '', ...set };
  checkSplits({ dataset: 'csv', spec, ...more }, dataset, (line) => notes.push(line));
  return notes;
}

describe('splits', () => {
  it('of whole persons with every label are taken without a word', () => {
    expect(check(honest)).toEqual([]);
  });

  it('are refused where a label has no row to learn from, and noted where it has none to judge by', () => {
    const untaught = honest.filter(({ splits, label }) => splits.split !== 'train' || label !== 'attic');
    expect(() => check(untaught)).toThrow(
      'no training row is labelled "attic", which task rooms is to answer',
    );
    const unjudged = honest.filter(({ splits, label }) => splits.split !== 'test' || label !== 'hall');
    expect(check(unjudged)).toEqual([
      'data: no test row is labelled "hall": the figures say nothing about it',
    ]);
  });

  it('are refused with a label that the task does not have, naming file and line', () => {
    const strange = row('test', 'cellar', 'cy');
    expect(() => check([...honest, strange])).toThrow(
      `row ${strange.id} is labelled "cellar", which is no answer of task rooms`,
    );
  });

  it('are refused where a person is in two of them, unless the recipe says that it knows', () => {
    const shared = [...honest, row('test', 'hall', 'ann')];
    const found = '1 of 3 persons or sessions are in more than one split: "ann" (train, test)';
    expect(() => check(shared)).toThrow(found);
    expect(check(shared, { splitsShareGroups: true })).toEqual([`data: ${found}`]);
    expect(check(shared, {}, { groupsAreGuessed: true })).toEqual([`data: ${found}`]);
    expect(() => check(honest, { splitsShareGroups: true })).toThrow(
      'no person or session of its data is in two splits',
    );
  });

  it('are refused where a window is longer than anything that was recorded', () => {
    const stream = parseTaskSpec(
      {
        ...spec,
        input: { kind: 'rate', rateHz: 10, maxGapMs: 500, channels: [{ channel: 'sound' }] },
        window: { rows: 30, hopMs: 1000 },
      },
      'task',
    );
    expect(() => check(honest, { spec: stream })).toThrow(
      /^a window of task rooms lasts 3 s, but the longest recording of csv \S+ s$/,
    );
  });

  it('are told as a table', () => {
    expect(splitText(splitTable({ rows: honest, skipped: [], hash: '' }, { dataset: 'csv', spec }))).toBe(
      [
        '                       train  validation  test',
        '  rows                     2           2     2',
        '  persons or sessions      1           1     1',
        '  hall                     1           1     1',
        '  attic                    1           1     1',
        '',
      ].join('\n'),
    );
  });
});

describe('a rule that splits anew', () => {
  const ten = Array.from({ length: 10 }, (_, g) =>
    ['hall', 'attic', 'hall'].map((label) => ({ ...row('', label, `p${g}`), splits: {} })),
  ).flat();
  const groupsIn = (rows: readonly LabelledRow[], split: string) => [
    ...new Set(rows.filter(({ splits }) => splits.split === split).map(({ recording }) => recording.group)),
  ];

  it('deals whole groups by shares, the same way each time', () => {
    const dealt = splitByRule(ten, { by: 'group', shares: { validation: 0.2, test: 0.3 } });
    const sizes = ['train', 'validation', 'test'].map((split) => groupsIn(dealt, split).length);
    expect(sizes).toEqual([5, 2, 3]);
    expect(sizes.reduce((a, b) => a + b)).toBe(10);
    expect(splitByRule(ten, { by: 'group', shares: { validation: 0.2, test: 0.3 } })).toEqual(dealt);
  });

  it('takes groups by their names, and refuses a name that is not there', () => {
    const named = splitByRule(ten, { by: 'group', validation: ['p1'], test: ['p7', 'p2'] });
    expect(groupsIn(named, 'test').sort()).toEqual(['p2', 'p7']);
    expect(groupsIn(named, 'validation')).toEqual(['p1']);
    expect(groupsIn(named, 'train')).toHaveLength(7);
    expect(() => splitByRule(ten, { by: 'group', validation: ['p1'], test: ['zoe'] })).toThrow(
      'split.test: the data has no person or session "zoe"',
    );
  });

  it('refuses to deal fewer than three groups, but deals rows one by one where told to', () => {
    const two = ten.slice(0, 6);
    expect(() => splitByRule(two, { by: 'group' })).toThrow(/^2 persons or sessions cannot be dealt/);
    const rows = splitByRule(two, { by: 'row' });
    expect(new Set(rows.map(({ splits }) => splits.split)).size).toBe(3);
    expect(rows.map(({ recording }) => recording.group)).toEqual(two.map(({ recording }) => recording.group));
  });
});
