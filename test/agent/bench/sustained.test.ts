import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { MachineState } from '../../../agent/bench/machine-state.ts';
import { type SustainedSample, sustain } from '../../../agent/bench/sustained.ts';
import { sampleText, sustainedText } from '../../../agent/bench/sustained-text.ts';

const work = { unit: 'windows', run: () => setTimeout(2) } as const;
const never = new AbortController().signal;

/** A machine that gets warmer with every look, and is slowed down at the third. */
function warmingUp(): { look(): Promise<MachineState> } {
  let looks = 0;
  return {
    look: async () => {
      looks++;
      return { temperatureC: 40 + looks, frequencyMhz: 1800, throttled: looks === 3, watts: 4.5 };
    },
  };
}

const silent = {
  look: async () => ({ temperatureC: null, frequencyMhz: null, throttled: null, watts: null }),
};

describe('a run without a pause', () => {
  it('tells speed and heat as it goes, and sums them up', async () => {
    const told: SustainedSample[] = [];
    const run = await sustain(work, 200, warmingUp(), (sample) => told.push(sample), never);
    expect(run.samples).toEqual(told);
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(run.windows).toBe(told.reduce((sum, { windows }) => sum + windows, 0));
    expect(run.seconds).toBeGreaterThanOrEqual(0.2);
    expect(run.windowMs.p50).toBeGreaterThan(1);
    // The look before the run is not a sample of it.
    expect(run.hottestC).toBe(41 + told.length);
    expect(run.throttled).toBe(true);
    expect(run.interrupted).toBe(false);
    expect(run.firstWindowsPerS).toBeGreaterThan(0);
    expect(run.lastWindowsPerS).toBeGreaterThan(0);
  });

  it('ends early with what it has', async () => {
    const run = await sustain(work, 600_000, silent, () => {}, AbortSignal.timeout(100));
    expect(run).toMatchObject({ interrupted: true, hottestC: null, throttled: null });
    expect(run.windows).toBeGreaterThan(0);
    expect(run.samples).toHaveLength(1);
  });
});

describe('the text of a run', () => {
  const sample = (atS: number, windowsPerS: number, throttled: boolean): SustainedSample => ({
    atS,
    windows: 5 * windowsPerS,
    windowsPerS,
    windowMs: { p50: 30, p95: 31.25 },
    temperatureC: 61,
    frequencyMhz: 1800,
    watts: 5.4,
    throttled,
  });
  const samples = Array.from({ length: 36 }, (_, i) => sample(5 * (i + 1), i < 24 ? 30 : 24, i >= 24));
  const run = {
    seconds: 180,
    windows: 5040,
    windowMs: { p50: 30, p95: 40 },
    firstWindowsPerS: 30,
    lastWindowsPerS: 24,
    hottestC: 82,
    throttled: true,
    interrupted: false,
    samples,
  };

  it('has a line for a few seconds', () => {
    expect(sampleText(samples[0]!)).toBe(
      '         5 s  30.0/s  p50 30.0 ms  p95 31.3 ms  61 °C  1800 MHz  5.4 W',
    );
    expect(sampleText(samples[35]!)).toMatch(/throttled$/);
    expect(sampleText({ ...samples[0]!, temperatureC: null, frequencyMhz: null, watts: null })).toBe(
      '         5 s  30.0/s  p50 30.0 ms  p95 31.3 ms',
    );
  });

  it('compares the first minute with the last, and draws the way between them', () => {
    const text = sustainedText(run, 'windows');
    expect(text).toContain('first minute 30.0/s, last 24.0/s (-20.0 %)');
    expect(text).toContain('at most 82 °C, the processor was slowed down by heat');
    const curve = text.split('\n').slice(4);
    expect(curve).toHaveLength(10);
    expect(curve[0]).toContain('5 s');
    expect(curve.at(-1)).toMatch(/3 min 00 s .* throttled$/);
  });

  it('says what the machine does not tell', () => {
    const text = sustainedText({ ...run, hottestC: null, throttled: null, interrupted: true }, 'windows');
    expect(text).toContain('does not tell its temperature, nor whether it was slowed down');
    expect(text).toContain('(stopped early)');
    expect(sustainedText({ ...run, samples: [] }, 'texts')).toContain('stopped before it began');
  });
});
