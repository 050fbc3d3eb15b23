/** One measured figure beside what was asked for. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** The same of another program; null where there is none to compare with. */
  readonly peer: number | null;
  /** How many times as good as the peer's: ours / peer, or peer / ours where less is better. */
  readonly ratio: number | null;
  /** As a person would write it: `>= 12000`, or `>= 3 x peer`; null for a figure that is told for its own sake. */
  readonly target: string | null;
  readonly holds: boolean | null;
  /** Under which conditions it was measured. */
  readonly note?: string;
}

interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer?: number | undefined;
  /** Such as latency and memory; more is better otherwise. */
  readonly lessIsBetter?: boolean;
  readonly target?: Target | undefined;
  readonly note?: string;
}

/** The least or the most that is good, or how many times as good as the peer's: which needs a peer to be judged. */
export type Target = { readonly least: number } | { readonly most: number } | { readonly times: number };

export function figure({ name, unit, ours, peer, lessIsBetter = false, target, note }: Measured): Figure {
  const ratio = peer === undefined ? undefined : lessIsBetter ? peer / ours : ours / peer;
  return {
    name,
    unit,
    ours: rounded(ours, 4),
    peer: peer === undefined ? null : rounded(peer, 4),
    ratio: ratio === undefined ? null : rounded(ratio, 3),
    target: target === undefined ? null : targetText(target),
    holds: target === undefined ? null : isMet(target, ours, ratio),
    ...(note !== undefined && { note }),
  };
}

const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));

function targetText(target: Target): string {
  if ('times' in target) return `>= ${target.times} x peer`;
  return 'least' in target ? `>= ${target.least}` : `<= ${target.most}`;
}

function isMet(target: Target, ours: number, ratio: number | undefined): boolean | null {
  if ('times' in target) return ratio === undefined ? null : ratio >= target.times;
  return 'least' in target ? ours >= target.least : ours <= target.most;
}

/** Figures as lines of text: what, how much, beside what, and whether that is what was asked for. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, unit, ours, peer, ratio, target, holds, note }) => [
    holds === null ? ' ' : holds ? '✓' : '✗',
    name,
    `${ours.toLocaleString('en')} ${unit}`,
    target ?? '',
    peer === null ? '' : `peer ${peer.toLocaleString('en')}, x ${ratio}`,
    note ?? '',
  ]);
  const widths = rows[0]?.map((_, c) => Math.max(...rows.map((row) => row[c]!.length))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, c) => cell.padEnd(widths[c]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
