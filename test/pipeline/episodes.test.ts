import { from, lastValueFrom, Subject, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { episodeSettings } from '../../pipeline/episodes/settings.ts';
import { type BoardEpisodeEvent, episodes } from '../../pipeline/episodes.ts';
import type { BoardPrediction } from '../../pipeline/predictions.ts';
import { episodeEvent } from '../../protocols/episode.ts';
import { swimming, windowsOf } from './episodes/predicted.ts';

const settings = episodeSettings(swimming);
const of = (board: string, text: string): BoardPrediction[] =>
  windowsOf(text).map((prediction) => ({ board, prediction }));

const told = (predictions: readonly BoardPrediction[]): Promise<BoardEpisodeEvent[]> =>
  lastValueFrom(from(predictions).pipe(episodes(swimming, { settings, nowMs: () => 7 }), toArray()));

describe('episodes', () => {
  it('are of each board by itself, and end when the predictions do', async () => {
    const [a, b] = [of('a', 'crawl*20'), of('b', 'breast*20')];
    const events = await told(a.flatMap((prediction, i) => [prediction, b[i]!]));
    expect(events.map(({ board, event }) => `${board} ${event.type} ${event.label}`)).toEqual([
      'a start crawl',
      'b start breast',
      'a end crawl',
      'b end breast',
    ]);
    for (const { event } of events) {
      expect(episodeEvent.parse(event)).toEqual(event);
      expect(event).toMatchObject({ ts: 7, task: 'swimming', agent: 'hub', replayed: false });
    }
    expect(new Set(events.map(({ event }) => event.id)).size).toBe(2);
  });

  it('are the same whenever the same predictions come', async () => {
    const predictions = of('a', 'crawl*20 turn*8 breast*20');
    expect(await told(predictions)).toEqual(await told(predictions));
  });

  describe('live', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    const live = () => {
      const [predictions$, released$] = [new Subject<BoardPrediction>(), new Subject<string>()];
      const types: string[] = [];
      predictions$
        .pipe(episodes(swimming, { settings, silenceMs: 5000, released$ }))
        .subscribe(({ event }) => types.push(event.type));
      for (const prediction of of('a', 'crawl*20')) predictions$.next(prediction);
      return { types, released$ };
    };

    it('end when the board has been silent for long', () => {
      const { types } = live();
      vi.advanceTimersByTime(10_000);
      expect(types).toEqual(['start']);
      vi.advanceTimersByTime(1000);
      expect(types).toEqual(['start', 'end']);
    });

    it('end when the board is released', () => {
      const { types, released$ } = live();
      released$.next('a');
      expect(types).toEqual(['start', 'end']);
    });
  });
});
