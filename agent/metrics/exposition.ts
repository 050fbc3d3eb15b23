import type { Metric, Sample } from './metric.ts';

/** Prometheus text exposition format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What the metrics say of a state, as text. A metric with nothing to tell is left out. */
export const exposition = <State>(metrics: readonly Metric<State>[], state: State): string =>
  metrics.map((metric) => family(metric, metric.read(state))).join('');

function family<State>({ name, type, help }: Metric<State>, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  const lines = samples.map(
    ({ suffix = '', labels = {}, value }) => `${name}${suffix}${labelled(labels)} ${textOf(value)}\n`,
  );
  return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelled(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${quotable(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

/** Half of a surrogate pair has no UTF-8 of its own: it is shown as the replacement character. */
const quotable = (value: string): string => escaped(Buffer.from(value).toString()).replaceAll('"', '\\"');

/** As Go parses it. */
const textOf = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
