import { expect, it } from 'vitest';
import type { BenchReport } from '../../../agent/bench/report.ts';
import { reportText } from '../../../agent/bench/report-text.ts';
import { palette } from '../../../commandline/terminal.ts';

const plain = palette({ write: () => {} });

const report: BenchReport = {
  prefillTokensPerS: 9123.4,
  decodeTokensPerS: 380.2,
  windowMs: { p50: 27.04, p95: 31.5 },
  lastSampleMs: { p50: 2.41, p95: 3 },
  windowsPerS: 36.9,
  steadyRssMb: 118.4,
  peakRssMb: 131,
  loadMs: 240,
  fileBytes: 10_900_000,
  bundle: 'gesture',
  variant: 'int8',
  device: 'cpu',
  threads: 2,
  machine: { processor: 'Cortex-A76', cores: 4, node: 'v20.20.2' },
  load: { workerMs: 170, sessionMs: 40, prefixMs: 5, firstAnswerMs: 25 },
  memory: { bareRssMb: 44, perOpenWindowMb: 5.8 },
  tokens: { prompt: 256, written: 64, window: 101, prefix: 6 },
  energy: { source: 'hwmon (ina219)', idleW: 2.5, meanW: 6.25, joulesPerWindow: 0.1014 },
  energyAbsent: null,
  state: { temperatureC: 61, frequencyMhz: 2400, throttled: true },
  sustained: null,
};

it('says of each figure what it means', () => {
  const text = reportText(report, plain);
  expect(text.split('\n')[0]).toBe('gesture (int8) on cpu, 2 threads  Cortex-A76, 4 cores, Node v20.20.2');
  expect(text).toMatch(/^ {2}last sample +2\.41 \/ 3\.00 ms {2}What a person waits for/m);
  expect(text).toMatch(/^ {2}memory .* 118 MB {2}.* 44 of them Node\.js; each further open window 5\.8 MB/m);
  expect(text).toMatch(/^ {2}energy .* 0\.101 J\/window {2}By hwmon \(ina219\), without the 2\.5 W/m);
  expect(text).toMatch(/^ {2}temperature .* 61 °C {2}The processor was slowed down/m);
  expect(text).not.toMatch(/no energy|no temperature/);
});

it('says what a machine and a model do not have', () => {
  const bare = reportText(
    {
      ...report,
      windowMs: null,
      lastSampleMs: null,
      windowsPerS: null,
      memory: { bareRssMb: 44, perOpenWindowMb: 0 },
      energy: null,
      energyAbsent: 'this machine shows no energy counter',
      state: { temperatureC: null, frequencyMhz: null, throttled: null },
    },
    plain,
  );
  expect(bare).toContain('no energy: this machine shows no energy counter');
  expect(bare).toContain('no windows: this model has no task');
  expect(bare).toContain('no temperature: this machine shows no thermal zone');
  expect(bare).not.toMatch(/one shot|last sample|board|window\b|°C/);
});

it('tells that the processor was slowed down though nothing tells its temperature', () => {
  const state = { temperatureC: null, frequencyMhz: null, throttled: true };
  expect(reportText({ ...report, state }, plain)).toMatch(
    /^ {2}throttled .* yes {2}The processor was slowed/m,
  );
});
