import { describe, expect, it } from 'vitest';
import { LateProgress } from '../../commandline/late-progress.ts';

/** A terminal, and a clock that is set by hand. */
function rig() {
  const clock = { ms: 0 };
  let text = '';
  const sink = { isTTY: true, write: (more: string) => (text += more) };
  const progress = new LateProgress({
    sink,
    label: 'export',
    unit: 'tensors',
    total: 4,
    nowMs: () => clock.ms,
  });
  return { clock, progress, text: () => text };
}

describe('late progress', () => {
  it('says nothing about quick work', () => {
    const { clock, progress, text } = rig();
    for (clock.ms = 500; clock.ms <= 2000; clock.ms += 500) progress.advance();
    progress.finish();
    expect(text()).toBe('');
  });

  it('counts what was done before it showed itself', () => {
    const { clock, progress, text } = rig();
    progress.advance();
    clock.ms = 2001;
    progress.advance();
    expect(text()).toContain('export 2/4 tensors');
    clock.ms = 3000;
    progress.advance(2);
    progress.finish();
    expect(text()).toContain('export 4/4 tensors');
    expect(text()).toMatch(/\n$/);
  });
});
