import { expect, it } from 'vitest';
import { AGENT_METRICS } from '../../../agent/metrics/agent-metrics.ts';
import { readRepositoryFile } from '../../architecture/files.ts';

/** `tinyllm_<what>_<unit>[_total]`; what is only counted has no unit but its name. */
const NAME = /^tinyllm(_[a-z]+)+$/;

it('every metric has a name, a help and bounded labels of its own', () => {
  const names = AGENT_METRICS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, type, help, labels } of AGENT_METRICS) {
    expect(name).toMatch(NAME);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(help).toMatch(/^[A-Z1].*\.$/);
    for (const label of labels) expect(label).toMatch(/^(?!board|le$)[a-z_]+$/);
  }
});

it('the table in docs/operations.md is that of the code', () => {
  const rows = AGENT_METRICS.map(({ name, type, labels, help }) => {
    const labelled = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${labelled}${labelled && ' '}| ${help} |`;
  });
  const table = ['| metric | type | labels | |', '|---|---|---|---|', ...rows].join('\n');
  const [, told] = /(\| metric \|[\s\S]*?\|)\n\n/.exec(readRepositoryFile('docs/operations.md')) ?? [];
  expect(told).toBe(table);
});
