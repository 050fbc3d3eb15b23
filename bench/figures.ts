/** One measured figure beside what was asked for. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** The same of another program; null where there is none to compare with. */
  readonly peer: number | null;
  /** ours / peer. */
  readonly ratio: number | null;
  /** As a person would write it: `>= 12000`; null for a figure that is told for its own sake. */
  readonly target: string | null;
  readonly holds: boolean | null;
  /** Under which conditions it was measured. */
  readonly note?: string;
}

interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer?: number;
  readonly target?: Target;
  readonly note?: string;
}

/** The least or the most that is good. */
export type Target = { readonly least: number } | { readonly most: number };

export const figure = ({ name, unit, ours, peer, target, note }: Measured): Figure => ({
  name,
  unit,
  ours: Number(ours.toPrecision(4)),
  peer: peer ?? null,
  ratio: peer === undefined ? null : Number((ours / peer).toPrecision(3)),
  target: target === undefined ? null : 'least' in target ? `>= ${target.least}` : `<= ${target.most}`,
  holds: target === undefined ? null : 'least' in target ? ours >= target.least : ours <= target.most,
  ...(note !== undefined && { note }),
});

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
