import { expect, it } from 'vitest';
import { start, tinyllm } from './tinyllm.ts';

it('prints the figures of a bundle, and those of a sustained run which was stopped', async () => {
  const bundle = ['--bundle', 'models/gesture', '--variant', 'int8'];
  const { child, ended } = start('bench', ...bundle, '--duration', '1h', '--json');
  const sustains = (text: Buffer): void => {
    if (!/p50 .* ms/.test(text.toString())) return;
    // A second Ctrl-C would kill it.
    child.stderr.off('data', sustains);
    child.kill('SIGINT');
  };
  child.stderr.on('data', sustains);
  const { exit, stdout, stderr } = await ended;
  expect({ exit, stderr: stderr.match(/error|bug/) }).toEqual({ exit: 0, stderr: null });
  const report = JSON.parse(stdout) as Record<string, unknown>;
  expect(Object.keys(report).slice(0, 9)).toEqual([
    'prefillTokensPerS',
    'decodeTokensPerS',
    'windowMs',
    'lastSampleMs',
    'windowsPerS',
    'steadyRssMb',
    'peakRssMb',
    'loadMs',
    'fileBytes',
  ]);
  for (const name of ['prefillTokensPerS', 'decodeTokensPerS', 'windowsPerS', 'loadMs']) {
    expect(report[name]).toBeGreaterThan(0);
  }
  expect(report).toMatchObject({
    windowMs: { p50: expect.any(Number), p95: expect.any(Number) },
    lastSampleMs: { p50: expect.any(Number), p95: expect.any(Number) },
    variant: 'int8',
    device: 'cpu',
    threads: 1,
    sustained: { interrupted: true, windows: expect.any(Number) },
  });
  expect(report.peakRssMb).toBeGreaterThanOrEqual(report.steadyRssMb as number);
  // Counted, or said why not.
  expect(report.energy === null).toBe(report.energyAbsent !== null);
});

it('a device that is not there is named, with what could be done', async () => {
  const { exit, stdout, stderr } = await tinyllm('bench', '--bundle', 'models/gesture', '--device', 'coreml');
  if (exit === 0) return expect(process.platform).toBe('darwin');
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
  expect(stderr).toContain(`coreml is not available`);
  expect(stderr).toMatch(/hint: choose one of cpu/);
});

it('a device that nobody has heard of is a mistake in the command', async () => {
  const { exit, stderr } = await tinyllm('bench', '--bundle', 'models/gesture', '--device', 'cuda');
  expect(exit).toBe(2);
  expect(stderr).toContain('--device wants one of cpu, webgpu, coreml');
});
