import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exposition } from '../../../agent/metrics/exposition.ts';
import { counter, counterBy, gauge, gaugeBy, histogram, info } from '../../../agent/metrics/metric.ts';
import { LatencyHistogram } from '../../../pipeline/latency-histogram.ts';
import { readPrometheusText } from './prometheus-text.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '\n', '\r', '{', '}', ',', '=', ' ', 'n', '\u2028', '\ud800'),
  }),
);
/** What UTF-8 can carry of a text. */
const carried = (text: string): string => Buffer.from(text).toString();

describe('the text for Prometheus', () => {
  it('is written as the format has it', () => {
    const latencies = new LatencyHistogram();
    for (const latencyMs of [-3, 1, 2, 40, 60_000]) latencies.add(latencyMs);
    const text = exposition(
      [
        counter('tinyllm_readings_total', 'Readings taken.', () => 3),
        counterBy('reason', 'tinyllm_refused_total', 'Refused.', () => ({ past: 1, future: 0 })),
        gauge('tinyllm_paused', 'Paused.', () => true),
        gauge('tinyllm_temperature_celsius', 'Not told.', () => null),
        info('tinyllm_model_info', 'Model.', ['model', 'variant'], () => [
          { model: 'swim', variant: undefined },
        ]),
        histogram('tinyllm_latency_seconds', 'Latency.', () => latencies),
      ],
      undefined,
    );
    expect(text).toBe(`# HELP tinyllm_readings_total Readings taken.
# TYPE tinyllm_readings_total counter
tinyllm_readings_total 3
# HELP tinyllm_refused_total Refused.
# TYPE tinyllm_refused_total counter
tinyllm_refused_total{reason="past"} 1
tinyllm_refused_total{reason="future"} 0
# HELP tinyllm_paused Paused.
# TYPE tinyllm_paused gauge
tinyllm_paused 1
# HELP tinyllm_model_info Model.
# TYPE tinyllm_model_info gauge
tinyllm_model_info{model="swim"} 1
# HELP tinyllm_latency_seconds Latency.
# TYPE tinyllm_latency_seconds histogram
tinyllm_latency_seconds_bucket{le="0.001"} 2
tinyllm_latency_seconds_bucket{le="0.0025"} 3
tinyllm_latency_seconds_bucket{le="0.005"} 3
tinyllm_latency_seconds_bucket{le="0.01"} 3
tinyllm_latency_seconds_bucket{le="0.025"} 3
tinyllm_latency_seconds_bucket{le="0.05"} 4
tinyllm_latency_seconds_bucket{le="0.1"} 4
tinyllm_latency_seconds_bucket{le="0.25"} 4
tinyllm_latency_seconds_bucket{le="0.5"} 4
tinyllm_latency_seconds_bucket{le="1"} 4
tinyllm_latency_seconds_bucket{le="2.5"} 4
tinyllm_latency_seconds_bucket{le="5"} 4
tinyllm_latency_seconds_bucket{le="10"} 4
tinyllm_latency_seconds_bucket{le="+Inf"} 5
tinyllm_latency_seconds_sum 60.043
tinyllm_latency_seconds_count 5
`);
    expect(readPrometheusText(text).size).toBe(5);
  });

  it('brings every label and every help home as it was, whatever stands in it', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          anyText,
          fc.double().map((value) => value + 0),
        ),
        anyText,
        (byName, help) => {
          // Two names that UTF-8 cannot tell apart are one.
          const expected = new Map(Object.entries(byName).map(([name, value]) => [carried(name), value]));
          fc.pre(expected.size === Object.keys(byName).length);
          const text = exposition([gaugeBy('name', 'tinyllm_any', help, () => byName)], undefined);
          const samples = readPrometheusText(text).get('tinyllm_any')?.samples ?? [];
          expect(new Map(samples.map(({ labels, value }) => [labels.name, value]))).toEqual(expected);
          const told = readPrometheusText(carried(text)).get('tinyllm_any')?.help;
          if (expected.size > 0) expect(told).toBe(carried(help));
        },
      ),
      { numRuns: 500 },
    );
  });
});
