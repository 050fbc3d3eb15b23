import { describe, expect, it } from 'vitest';
import { TinyError } from '../../protocols/errors.ts';
import { agentState, isBoardId, Topics } from '../../protocols/topics.ts';

const topics = new Topics('home');

it('are those of the contract', () => {
  expect([
    topics.readings('wrist-01'),
    topics.prediction('wrist-01'),
    topics.availability('wrist-01'),
    topics.state('agent-1'),
    topics.health('agent-1'),
    topics.info('agent-1'),
    topics.allReadings,
  ]).toEqual([
    'tinyllm/home/wrist-01/readings',
    'tinyllm/home/wrist-01/prediction',
    'tinyllm/home/wrist-01/availability',
    'tinyllm/home/bridge/agent-1/state',
    'tinyllm/home/bridge/agent-1/health',
    'tinyllm/home/bridge/agent-1/info',
    'tinyllm/home/+/readings',
  ]);
});

it('name the board whose readings they carry', () => {
  expect(topics.boardOfReadings(topics.readings('wrist_01'))).toBe('wrist_01');
});

it.each([
  'tinyllm/home/wrist-01/prediction',
  'tinyllm/office/wrist-01/readings',
  'tinyllm/home/bridge/readings',
  'tinyllm/home/Wrist/readings',
  'tinyllm/home/a/b/readings',
  'tinyllm/home//readings',
  'tinyllm/home/readings',
  'tinyllm/homewrist/readings',
])('%s carries no board readings', (topic) => expect(topics.boardOfReadings(topic)).toBeUndefined());

describe('board ids', () => {
  it.each(['a', '0', 'wrist-01', 'a_b', 'a'.repeat(63)])('may be %s', (id) =>
    expect(isBoardId(id)).toBe(true),
  );
  it.each(['', '-a', '_a', 'A', 'bridge', 'a b', 'a/b', '+', '#', 'a\n', 'a'.repeat(64)])(
    'may not be %j',
    (id) => expect(isBoardId(id)).toBe(false),
  );
});

it.each(['', 'my home', '+', 'home/kitchen', '#'])('refuse the site %j with the fix', (site) => {
  expect(() => new Topics(site)).toThrow(TinyError);
});

it('carry the state of an agent as the contract writes it', () => {
  expect(agentState.safeParse({ state: 'online' }).success).toBe(true);
  expect(agentState.safeParse({ state: 'gone' }).success).toBe(false);
  expect(agentState.safeParse('online').success).toBe(false);
});
