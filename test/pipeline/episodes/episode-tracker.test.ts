import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EpisodeChange, EpisodeTracker } from '../../../pipeline/episodes/episode-tracker.ts';
import { type EpisodeSettings, episodeSettings } from '../../../pipeline/episodes/settings.ts';
import type { Prediction } from '../../../protocols/prediction.ts';
import { predicted, swimming, tapping, windowsOf } from './predicted.ts';

/** All that a tracker tells of some windows and of their end. */
function told(
  windows: readonly Prediction[],
  wanted: Partial<EpisodeSettings> = {},
  task = swimming,
): EpisodeChange[] {
  const tracker = new EpisodeTracker('wrist', task, episodeSettings(task, wanted));
  return [...windows.flatMap((window) => [...tracker.add(window)]), ...tracker.end()];
}

const ended = (changes: readonly EpisodeChange[]) =>
  changes.filter(({ type }) => type === 'end').map(({ label, count }) => `${label} ${count}`);

describe('the episodes of a board', () => {
  it('begin and end once each, with one id, near where the label changed', () => {
    const changes = told(windowsOf('crawl*20 breast*20'));
    expect(changes.map(({ type, label }) => `${type} ${label}`)).toEqual([
      'start crawl',
      'end crawl',
      'start breast',
      'end breast',
    ]);
    const [start, end, next] = changes;
    expect(end!.id).toBe(start!.id);
    expect(next!.id).not.toBe(start!.id);
    expect(start!.start).toBe(0);
    // The windows change with the one that ends at 23 s; the filter believes it some windows later.
    expect(Math.abs(end!.end - 21_500)).toBeLessThanOrEqual(4000);
    expect(next!.start).toBe(end!.end);
  });

  it('are not interrupted by a window or two that say otherwise', () => {
    expect(ended(told(windowsOf('crawl*10 breast*2 crawl*10 ? crawl*5')))).toEqual(['crawl 1']);
  });

  it('are counted while only idle labels lie between, which make none', () => {
    const laps = windowsOf('crawl*20 turn*8 crawl*20 turn*8 crawl*20 turn*8 breast*20');
    expect(ended(told(laps, { idle: ['turn'] }))).toEqual(['crawl 1', 'crawl 2', 'crawl 3', 'breast 1']);
  });

  it('are ended by what is unknown for long, which is no episode', () => {
    expect(ended(told(windowsOf('crawl*15 ?*20 crawl*15')))).toEqual(['crawl 1', 'crawl 2']);
    expect(told(windowsOf('?*30'))).toEqual([]);
  });

  it('are told of again while they go on', () => {
    const changes = told(windowsOf('crawl*100'), { updateMs: 30_000 });
    expect(changes.map(({ type }) => type)).toEqual(['start', 'update', 'update', 'update', 'end']);
    expect(changes.map(({ end }) => end)).toEqual(changes.map(({ end }) => end).toSorted((a, b) => a - b));
  });

  it('end with a gap, at the last window before it', () => {
    const changes = told([...windowsOf('crawl*20'), ...windowsOf('crawl*20', 100_000)]);
    expect(ended(changes)).toEqual(['crawl 1', 'crawl 1']);
    expect(changes[1]).toMatchObject({ type: 'end', end: 22_000 });
    expect(changes[2]).toMatchObject({ type: 'start', start: 97_000 });
  });

  it('begin anew when the clock of the board was set back', () => {
    const changes = told([...windowsOf('crawl*20', 1e9), ...windowsOf('crawl*20', 3000)]);
    expect(ended(changes)).toEqual(['crawl 1', 'crawl 1']);
  });

  it('do not change with windows that come twice, or late', () => {
    const windows = windowsOf('crawl*20 breast*20');
    const disturbed = windows.flatMap((window, i) => (i < 3 ? [window] : [window, windows[i - 2]!, window]));
    expect(told(disturbed)).toEqual(told(windows));
  });

  it('are sure by the mean of their windows', () => {
    for (const { p } of told(windowsOf('crawl*20 breast*20'))) {
      expect(p).toBeGreaterThan(0.5);
      expect(p).toBeLessThanOrEqual(1);
    }
  });

  it('are whole with one window, where a trigger opened it', () => {
    const at = (label: string, end: number) => predicted(label, end, 2000);
    const taps = [at('tap', 2000), at('?', 6000), at('tap', 9000), at('none', 13_000), at('hold', 20_000)];
    const changes = told(taps, { idle: ['none'] }, tapping);
    expect(changes.map(({ type, label, count }) => `${type} ${label} ${count}`)).toEqual([
      'start tap 1',
      'end tap 1',
      'start tap 2',
      'end tap 2',
      'start hold 1',
      'end hold 1',
    ]);
    expect(changes[0]).toMatchObject({ start: 0, end: 2000, p: 0.96 });
    expect(changes[1]!.id).toBe(changes[0]!.id);
  });

  it('come in turn, whatever the windows: a start, updates, an end, and never two at once', () => {
    const label = fc.constantFrom('crawl', 'breast', 'turn', '?');
    const step = fc.integer({ min: -3000, max: 9000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(label, step), { maxLength: 200 }), (steps) => {
        let end = 1e6;
        const windows = steps.map(([label, stepMs]) => {
          end += stepMs;
          return predicted(label, end);
        });
        let open: EpisodeChange | undefined;
        for (const change of told(windows, { idle: ['turn'] })) {
          if (change.type === 'start') expect(open).toBeUndefined();
          else expect(change).toMatchObject({ id: open!.id, label: open!.label, start: open!.start });
          expect(change.label).not.toBe('turn');
          expect(change.end).toBeGreaterThanOrEqual(change.start);
          open = change.type === 'end' ? undefined : change;
        }
        expect(open).toBeUndefined();
      }),
    );
  });
});
