import { expect, it } from 'vitest';
import { Publisher } from '../../agent/publisher.ts';
import type { Prediction } from '../../protocols/prediction.ts';
import { Topics } from '../../protocols/topics.ts';

const info = { agent: 'hub', version: '1', node: '1', platform: 'x', task: 't', model: 'm', bundleHash: '0' };

it("retains a board's newest prediction, and passes a late one on without keeping it", () => {
  const topics = new Topics('lab');
  const sent: [topic: string, retain: boolean][] = [];
  const publisher = new Publisher(
    { connected: true, publish: (topic, _, options) => void sent.push([topic, options?.retain === true]) },
    topics,
    info,
  );
  const answered = (board: string, end: number) =>
    publisher.prediction({ board, prediction: { window: { start: end - 100, end } } as Prediction });
  answered('a', 2000);
  answered('a', 1000);
  answered('b', 1000);
  answered('a', 2000);
  answered('a', 3000);
  expect(sent).toEqual([
    [topics.prediction('a'), true],
    [topics.prediction('a'), false],
    [topics.prediction('b'), true],
    [topics.prediction('a'), true],
    [topics.prediction('a'), true],
  ]);
});
