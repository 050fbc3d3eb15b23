import { describe, expect, it } from 'vitest';
import { CHANNEL_KINDS } from '../../protocols/channels.ts';
import { episodeEvent } from '../../protocols/episode.ts';
import { prediction } from '../../protocols/prediction.ts';
import { parseReadings } from '../../protocols/reading.ts';
import { agentHealth, agentInfo, Topics } from '../../protocols/topics.ts';
import { readRepositoryFile } from '../architecture/files.ts';

const text = readRepositoryFile('docs/mqtt.md');
const section = (title: string, of = text): string => of.split(`## ${title}\n`)[1]!.split('\n## ')[0]!;
const examples = (title: string, of = text): unknown[] =>
  [...section(title, of).matchAll(/^```json\n(.*?)^```$/gms)].map(([, json]) => JSON.parse(json!));

it('the README shows a reading that is taken, and a prediction of the contract', () => {
  const [reading, answer] = examples('Use it', readRepositoryFile('README.md'));
  const bytes = new TextEncoder().encode(JSON.stringify(reading));
  expect(parseReadings('desk', bytes, 0)).toMatchObject({ readings: [expect.anything()], refusals: [] });
  expect(prediction.parse(answer)).toEqual(answer);
});

describe('docs/mqtt.md', () => {
  it('names every channel with its units', () => {
    const rows = CHANNEL_KINDS.map(({ names, unit, convertible }) => {
      const others = convertible.length === 0 ? '-' : convertible.join(', ');
      return `| \`${names.replaceAll('|', '\\|')}\` | ${unit} | ${others} |`;
    });
    const [, , ...written] = section('Readings')
      .split('### Channels\n')[1]!
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(written).toEqual(rows);
  });

  it('names every topic', () => {
    const { readings, prediction, event, availability, state, info, health, requests } = new Topics('home');
    const board = [readings, prediction, event, availability].map((topic) => topic('<board>'));
    const agent = [state, info, health].map((topic) => topic('<agent>'));
    const request = requests('<agent>').replace('+', '<what>');
    const rows = [...board, ...agent, request].map((topic) => topic.replace('tinyllm/home', '<base>'));
    const named = [...text.matchAll(/^\| `(<base>\/.*?)` \|/gm)].map(([, topic]) => topic);
    expect(named).toEqual(rows);
  });

  it('shows readings that are taken whole', () => {
    const taken = examples('Readings').map((example) =>
      parseReadings('desk', new TextEncoder().encode(JSON.stringify(example)), 0),
    );
    expect(taken.flatMap(({ refusals }) => refusals)).toEqual([]);
    expect(taken.map(({ readings }) => readings.length)).toEqual([1, 2, 2]);
  });

  it('shows what an agent publishes, key for key', () => {
    expect(examples('Predictions').map((example) => prediction.parse(example))).toHaveLength(1);
    const [event, ...others] = examples('Episodes');
    expect(episodeEvent.parse(event)).toEqual(event);
    expect(others).toEqual([]);
    const [info, health, ...more] = examples('Agents');
    expect(agentInfo.parse(info)).toEqual(info);
    expect(agentHealth.parse(health)).toEqual(health);
    expect(more).toEqual([]);
  });
});
