import { describe, expect, it } from 'vitest';
import { prediction } from '../../protocols/prediction.ts';
import { batch, eventually, listenTo, mqttClient, runAgent } from './rig.ts';

describe('an agent with its own broker', () => {
  it('publishes predictions from what boards send', async () => {
    const agent = await runAgent();
    const { port } = agent.broker!;
    const viewer = await listenTo(await mqttClient(port, agent.credentials.viewer), `${agent.topics.base}/#`);
    const board = await mqttClient(port, agent.credentials.board);

    await board.publishAsync(agent.topics.readings('wrist-01'), batch(1), { qos: 1 });
    await board.publishAsync(agent.topics.readings('wrist-02'), batch(-1), { qos: 1 });

    const labelOf = (name: string) => {
      const latest = viewer.get(agent.topics.prediction(name))?.at(-1);
      return prediction.parse(JSON.parse(latest ?? 'null'));
    };
    await eventually(() => {
      expect(labelOf('wrist-01')).toMatchObject({ label: 'plus', p: 0.9, agent: 'hub', task: 'sign' });
      expect(labelOf('wrist-02')).toMatchObject({ label: 'minus', window: { rows: 4, fill: 1 } });
      expect(agent.meter).toMatchObject({ boards: 2, readings: 18, closed: 4 });
    });
  });
});
