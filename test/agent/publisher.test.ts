import { expect, it } from 'vitest';
import type { OutboxMessage } from '../../agent/outbox/message.ts';
import { Publisher } from '../../agent/publisher.ts';
import type { Prediction } from '../../protocols/prediction.ts';
import { Topics } from '../../protocols/topics.ts';

const info = { agent: 'hub', version: '1', node: '1', platform: 'x', task: 't', model: 'm', bundleHash: '0' };
const topics = new Topics('lab');

it('puts predictions into the outbox; the last one stands for the present, though its board was set back', () => {
  const put: OutboxMessage[] = [];
  const publisher = new Publisher(
    { connected: true, publish: () => {} },
    { put: (message) => void put.push(message), forget: () => {} },
    topics,
    info,
  );
  const answered = (end: number) =>
    publisher.prediction({ board: 'a', prediction: { window: { start: end - 100, end } } as Prediction });
  answered(2000);
  answered(1000);
  expect(put).toEqual(
    [2000, 1000].map((end) => ({
      topic: topics.prediction('a'),
      payload: JSON.stringify({ window: { start: end - 100, end } }),
      retain: 'newest',
    })),
  );
});

it('gives up what it knows of a board for which another agent speaks', () => {
  const forgotten: string[] = [];
  const publisher = new Publisher(
    { connected: true, publish: () => {} },
    { put: () => {}, forget: (topic) => void forgotten.push(topic) },
    topics,
    info,
  );
  publisher.released('a');
  expect(forgotten).toEqual([topics.prediction('a')]);
});

it('takes back the availability of a forgotten board, if it was never answered', () => {
  const published: unknown[] = [];
  const publisher = new Publisher(
    { connected: true, publish: (...message) => void published.push(message) },
    { put: () => {}, forget: () => {} },
    topics,
    info,
  );
  publisher.prediction({ board: 'known', prediction: {} as Prediction });
  publisher.forgotten('known');
  expect(published).toEqual([]);
  publisher.forgotten('made-up');
  expect(published).toEqual([[topics.availability('made-up'), '', { retain: true }]]);
});
