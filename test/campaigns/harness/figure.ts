/** One figure of a campaign beside what was asked for. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** As a person would write it: `<= 3000`; null for a figure that is told for its own sake. */
  readonly target: string | null;
  readonly holds: boolean | null;
}

/** The least or the most that is good, or the only value that is. */
export type Target = { readonly least: number } | { readonly most: number } | { readonly exactly: number };

export function figure(name: string, value: number, unit: string, target?: Target): Figure {
  if (target === undefined) return { name, value, unit, target: null, holds: null };
  const [sign, bound, holds] = judged(value, target);
  return { name, value, unit, target: `${sign} ${bound.toLocaleString('en')}`, holds };
}

function judged(value: number, target: Target): readonly [sign: string, bound: number, holds: boolean] {
  if ('least' in target) return ['>=', target.least, value >= target.least];
  if ('most' in target) return ['<=', target.most, value <= target.most];
  return ['=', target.exactly, value === target.exactly];
}

/** `1,200 ms`, `0 frames`. */
export const amount = ({ value, unit }: Pick<Figure, 'value' | 'unit'>): string =>
  `${value.toLocaleString('en', { maximumFractionDigits: 3 })} ${unit}`.trim();

/** Figures as lines of text: whether it holds, what, how much, and what was asked for. */
export function figureLines(figures: readonly Figure[]): string {
  const nameWidth = Math.max(0, ...figures.map(({ name }) => name.length));
  const amountWidth = Math.max(0, ...figures.map((one) => amount(one).length));
  return figures
    .map((one) => {
      const mark = one.holds === null ? ' ' : one.holds ? '✓' : '✗';
      const row = [mark, one.name.padEnd(nameWidth), amount(one).padStart(amountWidth), one.target ?? ''];
      return `${row.join('  ').trimEnd()}\n`;
    })
    .join('');
}
