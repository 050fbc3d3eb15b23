import { afterEach, describe, expect, it, vi } from 'vitest';
import { requireData, requireTool } from './tools.ts';

class Skipped extends Error {}

/** Stands for the test that lacks something; skipping ends it, as vitest's own does by throwing. */
const caller = {
  skip: (note?: unknown): never => {
    throw new Skipped(String(note));
  },
};

describe('what a test needs', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('finds a program', () => {
    expect(requireTool('sh', caller)).toMatch(/\/sh$/);
  });

  it('skips with its reason on a laptop', () => {
    vi.stubEnv('CI', '');
    vi.stubEnv('TINYLLM_DATA', '/nowhere');
    expect(() => requireTool('no-such-tool', caller)).toThrow(new Skipped('no-such-tool is not installed'));
    expect(() => requireData('gesture', caller)).toThrow(Skipped);
  });

  it('fails in CI', () => {
    vi.stubEnv('CI', 'true');
    vi.stubEnv('TINYLLM_DATA', '/nowhere');
    expect(() => requireTool('no-such-tool', caller)).toThrow(/CI must have it/);
    expect(() => requireData('gesture', caller)).toThrow(/CI must have it/);
  });
});
