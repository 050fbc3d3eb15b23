/** An answer as a person reads it: a label, numbers with their uncertainty, or both. */
export function answerText({ label, unknown, value }, unknownText = 'unknown') {
  const numbers = Object.entries(value).map(([name, { mean, sd, unit }]) => {
    const decimals = sd >= 10 ? 0 : sd >= 1 ? 1 : 2;
    return `${name} ${mean.toFixed(decimals)} ± ${sd.toFixed(decimals)} ${unit}`;
  });
  return [...(unknown ? [unknownText] : label === null ? [] : [label]), ...numbers].join(', ');
}
