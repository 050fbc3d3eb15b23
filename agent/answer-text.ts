import type { Prediction } from '../protocols/prediction.ts';

/** An answer as a person reads it: `Hold`, `unknown`, `breathingRate 14.2 ± 0.4 1/min`, or a label and numbers. */
export function answerText({
  label,
  unknown,
  value,
}: Pick<Prediction, 'label' | 'unknown' | 'value'>): string {
  const numbers = Object.entries(value).map(([name, { mean, sd, unit }]) => {
    const decimals = sd >= 10 ? 0 : sd >= 1 ? 1 : 2;
    return `${name} ${mean.toFixed(decimals)} ± ${sd.toFixed(decimals)} ${unit}`;
  });
  return [...(unknown ? ['unknown'] : label === null ? [] : [label]), ...numbers].join(', ');
}
