import type { LatencyHistogram } from '../../pipeline/latency-histogram.ts';

/** One line of the text: a value and what distinguishes it from the others of its metric. */
export interface Sample {
  /** Behind the metric's name: `_bucket`, `_sum` and `_count` of a histogram. */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Something that can be read off a `State` at any time. Nothing is kept here: who counts is asked. */
export interface Metric<State> {
  /** `tinyllm_<what>_<unit>[_total]` */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** The labels of its samples, but for `le` of a histogram. Their values come from a bounded set, never from boards. */
  readonly labels: readonly string[];
  /** None where there is nothing to tell. */
  readonly read: (state: State) => readonly Sample[];
}

/** Null where the machine or the configuration does not tell. */
type Figure = number | boolean | null | undefined;

type Reader<State, Value> = (state: State) => Value;

/** Only goes up, and begins at 0 with the agent. */
export const counter = <State>(name: string, help: string, read: Reader<State, Figure>): Metric<State> => ({
  ...{ name, type: 'counter', help, labels: [] },
  read: (state) => single(read(state)),
});

/** Goes up and down; a boolean is 1 or 0. */
export const gauge = <State>(name: string, help: string, read: Reader<State, Figure>): Metric<State> => ({
  ...counter(name, help, read),
  type: 'gauge',
});

/** A counter for each value of a label. */
export const counterBy = <State>(
  label: string,
  name: string,
  help: string,
  read: Reader<State, Readonly<Record<string, Figure>>>,
): Metric<State> => ({
  ...{ name, type: 'counter', help, labels: [label] },
  read: (state) =>
    Object.entries(read(state)).flatMap(([key, figure]) =>
      single(figure).map(({ value }) => ({ labels: { [label]: key }, value })),
    ),
});

/** A gauge for each value of a label. */
export const gaugeBy = <State>(...metric: Parameters<typeof counterBy<State>>): Metric<State> => ({
  ...counterBy(...metric),
  type: 'gauge',
});

/** Rows of texts, each as the labels of a gauge that is always 1; those that are not known are left out. */
export const info = <State, Label extends string>(
  name: string,
  help: string,
  labels: readonly Label[],
  read: Reader<State, readonly Readonly<Record<Label, string | undefined>>[]>,
): Metric<State> => ({
  ...{ name, type: 'gauge', help, labels },
  read: (state) =>
    read(state).map((texts) => {
      const known = labels.flatMap((label) => (texts[label] === undefined ? [] : [[label, texts[label]]]));
      return { labels: Object.fromEntries(known), value: 1 };
    }),
});

/** How long something takes, in seconds. */
export const histogram = <State>(
  name: string,
  help: string,
  read: Reader<State, LatencyHistogram>,
): Metric<State> => ({
  ...{ name, type: 'histogram', help, labels: [] },
  read: (state) => {
    const { cumulative, count, sumS } = read(state);
    return [
      ...cumulative.map(({ upToS, count: value }) => bucket(String(upToS), value)),
      bucket('+Inf', count),
      { suffix: '_sum', value: sumS },
      { suffix: '_count', value: count },
    ];
  },
});

const bucket = (le: string, value: number): Sample => ({ suffix: '_bucket', labels: { le }, value });

const single = (figure: Figure): Sample[] =>
  figure === null || figure === undefined ? [] : [{ value: Number(figure) }];
