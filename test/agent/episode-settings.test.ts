import { describe, expect, it } from 'vitest';
import { episodes } from '../../agent/config/episodes.ts';
import { wantedEpisodes } from '../../agent/episode-settings.ts';
import { parseTaskSpec } from '../../protocols/task.ts';
import { swimming } from '../pipeline/episodes/predicted.ts';

const wanted = (written: unknown, task = swimming) =>
  wantedEpisodes(episodes.parse(written), [task])[0]?.settings;

describe('the settings of episodes', () => {
  it('suit the task where nothing is written', () => {
    expect(wanted(undefined)).toEqual({
      leastMs: 3000,
      pauseMs: 3000,
      dwellMs: 3000,
      idle: [],
      updateMs: 30_000,
      seriesMs: 60_000,
    });
  });

  it('are those that are written, in seconds', () => {
    const written = { idle: ['turn'], leastS: 5, pauseS: 0, dwellS: 7, updateS: 11, seriesS: 13 };
    expect(wanted(written)).toEqual({
      idle: ['turn'],
      leastMs: 5000,
      pauseMs: 0,
      dwellMs: 7000,
      updateMs: 11_000,
      seriesMs: 13_000,
    });
  });

  it('are none where none are wanted, and for tasks without labels', () => {
    expect(wanted(false)).toBeUndefined();
    const numbers = { name: 'n', unit: 'm', min: 0, max: 1, decimals: 1 };
    const task = parseTaskSpec({ ...swimming, answers: { kind: 'numbers', numbers: [numbers] } }, 'the test');
    expect(wanted({}, task)).toBeUndefined();
  });

  it('name labels of the task', () => {
    expect(() => wanted({ idle: ['trun'] })).toThrow(/episodes\.idle: task swimming has no label "trun"/);
    expect(() => wanted({ idle: ['trun'] })).toThrow(
      expect.objectContaining({ hint: 'did you mean "turn"?' }),
    );
    expect(() => wanted({ idle: ['xyz'] })).toThrow(
      expect.objectContaining({ hint: 'it has crawl, breast, turn' }),
    );
  });
});
