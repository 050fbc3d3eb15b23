import { describe, expect, it } from 'vitest';
import { compareEpisodes, episodeFigures } from '../../../trainer/streams/episodes.ts';
import { predicted, swimming, tapping, windowsOf } from '../../pipeline/episodes/predicted.ts';

const span = (label: string, fromS: number, toS: number) => ({
  label,
  startUs: fromS * 1e6,
  endUs: toS * 1e6,
});

describe('the episodes of a recording, beside its labels', () => {
  it('agree where they share most of what they cover, one with one', () => {
    const labels = [
      span('crawl', 0, 20),
      span('turn', 20, 26),
      span('crawl', 26, 46),
      span('breast', 60, 70),
    ];
    const swum = windowsOf('crawl*20 turn*6 crawl*20 turn*14');
    expect(episodeFigures([compareEpisodes(swimming, { labels }, swum, ['turn'])])).toEqual({
      truth: 3,
      told: 2,
      right: 2,
      perLabel: {
        breast: { truth: 1, told: 0, right: 0 },
        crawl: { truth: 2, told: 2, right: 2 },
      },
    });
    // Two lengths told as one: not the first, and not the second.
    const merged = compareEpisodes(swimming, { labels }, windowsOf('crawl*46'), ['turn']);
    expect(episodeFigures([merged])).toMatchObject({ told: 1, right: 0 });
  });

  it('count the labels for nothing in particular too, where nobody says that they are', () => {
    const labels = [span('crawl', 0, 20), span('turn', 20, 40)];
    const { perLabel } = episodeFigures([
      compareEpisodes(swimming, { labels }, windowsOf('crawl*20 turn*20')),
    ]);
    expect(perLabel.turn).toEqual({ truth: 1, told: 1, right: 1 });
  });

  it('take spans of one label that touch for one', () => {
    const labels = [span('crawl', 0, 10), span('crawl', 10, 20), span('crawl', 21, 30)];
    expect(compareEpisodes(swimming, { labels }, []).truth).toEqual([
      span('crawl', 0, 20),
      span('crawl', 21, 30),
    ]);
  });

  it('agree where they meet, when a trigger caught them', () => {
    const labels = [span('tap', 1, 1.4), span('hold', 5, 7)];
    const caught = [predicted('tap', 2500, 2000), predicted('tap', 6500, 2000)];
    expect(episodeFigures([compareEpisodes(tapping, { labels }, caught)])).toMatchObject({
      truth: 2,
      told: 2,
      right: 1,
    });
  });
});
