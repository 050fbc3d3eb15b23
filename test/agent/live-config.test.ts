import { expect, it } from 'vitest';
import { LiveConfig } from '../../agent/live-config.ts';
import { configOf } from './rig.ts';

it('takes over what can change, and names what cannot', () => {
  const live = new LiveConfig(configOf());
  const { admission } = live;
  const seen: number[] = [];
  live.changes$.subscribe(({ health }) => seen.push(health.everyS));

  expect(live.apply(configOf())).toEqual({ changed: [], needRestart: [] });
  const next = configOf({
    health: { everyS: 5 },
    admission: { futureToleranceMs: 1 },
    site: 'attic',
    threads: 2,
  });
  expect(live.apply(next)).toEqual({ changed: ['health', 'admission'], needRestart: ['site', 'threads'] });

  expect(seen).toEqual([10, 5]);
  // Whoever holds on to the rule has the new one.
  expect(admission.futureToleranceMs).toBe(1);
  expect(live.now).toMatchObject({ site: 'lab', health: { everyS: 5 } });
  expect(live.now.threads).toBeUndefined();
  // Still another than at the start.
  expect(live.apply(next)).toEqual({ changed: [], needRestart: ['site', 'threads'] });
});
