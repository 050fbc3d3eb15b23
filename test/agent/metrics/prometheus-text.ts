/**
 * A reader of the Prometheus text exposition format 0.0.4, strict, written after the format's description alone
 * (prometheus.io/docs/instrumenting/exposition_formats): what is not allowed there throws.
 */

export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: ReadSample[];
}

const METRIC_NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const HELP = new RegExp(`^# HELP (${METRIC_NAME}) (.*)$`, 's');
const TYPE = new RegExp(`^# TYPE (${METRIC_NAME}) (counter|gauge|histogram|summary|untyped)$`);
const SAMPLE = new RegExp(`^(${METRIC_NAME})(?:\\{(.*)\\})? (\\S+)$`, 's');
const PAIR = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(,|$)/;
/** As Go's ParseFloat has it. */
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d+)?)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/;

export function readPrometheusText(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  if (text === '') return families;
  if (!text.endsWith('\n')) throw new Error('the last line must end with a line feed');
  const lines = text.slice(0, -1).split('\n');
  let family: Family | undefined;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const help = HELP.exec(line);
    if (help !== null) {
      const [, name = '', escaped = ''] = help;
      const type = TYPE.exec(lines[++at] ?? '');
      if (type?.[1] !== name) throw new Error(`no TYPE behind ${line}`);
      if (families.has(name)) throw new Error(`${name} comes twice`);
      if (/\\(?![\\n])/.test(escaped.replaceAll('\\\\', ''))) throw new Error(`bad escape in ${line}`);
      family = { name, type: type[2]!, help: unescaped(escaped), samples: [] };
      families.set(name, family);
      continue;
    }
    const sample = readSample(line);
    if (family === undefined || !belongs(sample, family)) throw new Error(`${line} is in no family`);
    const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (seen.has(key)) throw new Error(`${key} comes twice`);
    seen.add(key);
    family.samples.push(sample);
  }
  for (const { name, type, samples } of families.values()) {
    if (samples.length === 0) throw new Error(`${name} has no sample`);
    if (type === 'histogram') checkHistogram(name, samples);
  }
  return families;
}

function readSample(line: string): ReadSample {
  const match = SAMPLE.exec(line);
  if (match === null) throw new Error(`no sample: ${line}`);
  const [, name = '', pairs = '', value = ''] = match;
  if (!VALUE.test(value)) throw new Error(`no value: ${line}`);
  return { name, labels: readLabels(pairs), value: Number(value.replace('Inf', 'Infinity')) };
}

function readLabels(text: string): Record<string, string> {
  const labels: [string, string][] = [];
  for (let rest = text; rest !== ''; ) {
    const pair = PAIR.exec(rest);
    if (pair === null) throw new Error(`no label: ${rest}`);
    const [whole, name = '', value = ''] = pair;
    if (labels.some(([other]) => other === name)) throw new Error(`label ${name} comes twice`);
    labels.push([name, unescaped(value)]);
    rest = rest.slice(whole.length);
  }
  return Object.fromEntries(labels);
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/gs, (_, letter: string) => (letter === 'n' ? '\n' : letter));

const belongs = ({ name }: ReadSample, { name: family, type }: Family): boolean =>
  type === 'histogram'
    ? [`${family}_bucket`, `${family}_sum`, `${family}_count`].includes(name)
    : name === family;

/** Buckets are cumulative, ascending, and the last is all. */
function checkHistogram(name: string, samples: readonly ReadSample[]): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels }) => Number(labels.le?.replace('Inf', 'Infinity')));
  const counts = buckets.map(({ value }) => value);
  const ascends = (values: readonly number[]) =>
    values.every((value, i) => i === 0 || value >= values[i - 1]!);
  if (bounds.some(Number.isNaN) || !ascends(bounds) || !ascends(counts))
    throw new Error(`${name}: bad buckets`);
  const count = samples.find((sample) => sample.name === `${name}_count`)?.value;
  if (bounds.at(-1) !== Number.POSITIVE_INFINITY || counts.at(-1) !== count)
    throw new Error(`${name}: not all`);
}
