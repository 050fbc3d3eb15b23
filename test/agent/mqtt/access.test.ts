import { describe, expect, it } from 'vitest';
import { accessRules } from '../../../agent/mqtt/access.ts';
import { topics } from './broker-rig.ts';

const rules = accessRules(topics, {
  'wrist-01': { board: 'wrist-01' },
  grafana: { subscribe: ['tinyllm/lab/+/prediction'] },
  'node-red': { publish: ['tinyllm/lab/bridge/+/request/#'], subscribe: ['tinyllm/lab/#'] },
  gateway: { publish: ['tinyllm/lab/+/readings'] },
});

describe('the users of a configuration', () => {
  it.each([
    ['wrist-01', 'tinyllm/lab/wrist-01/readings', true],
    ['wrist-01', 'tinyllm/lab/wrist-02/readings', false],
    ['wrist-01', 'tinyllm/lab/wrist-01/prediction', false],
    ['grafana', 'tinyllm/lab/wrist-01/readings', false],
    ['node-red', 'tinyllm/lab/bridge/hub/request/health', true],
    ['node-red', 'tinyllm/lab/bridge/hub/state', false],
    ['gateway', 'tinyllm/lab/desk/readings', true],
    ['gateway', 'tinyllm/lab/../readings', false],
    ['gateway', 'tinyllm/lab/Desk/readings', false],
    ['gateway', 'tinyllm/lab/bridge/readings', false],
    ['node-red', 'tinyllm/lab/bridge/hub/request/a\0b', false],
    ['node-red', 'tinyllm/lab/bridge/hub/request/\uFFFD', false],
    ['node-red', `tinyllm/lab/bridge/hub/request/${'x'.repeat(600)}`, false],
    ['stranger', 'tinyllm/lab/wrist-01/readings', false],
  ])('%s publishes on %j: %s', (user, topic, allowed) => {
    expect(rules.publishRefusal(user, topic) === undefined).toBe(allowed);
  });

  it.each([
    ['wrist-01', 'tinyllm/lab/wrist-01/prediction', true],
    ['wrist-01', 'tinyllm/lab/wrist-01/#', true],
    ['wrist-01', 'tinyllm/+/wrist-01/event', true],
    ['wrist-01', 'tinyllm/lab/+/prediction', false],
    ['wrist-01', 'tinyllm/lab/#', false],
    ['grafana', 'tinyllm/lab/+/prediction', true],
    ['grafana', 'tinyllm/lab/desk/prediction', true],
    ['grafana', 'tinyllm/lab/+/+', false],
    ['node-red', 'tinyllm/#', true],
    ['node-red', '#', false],
    ['node-red', '$SYS/#', false],
    ['gateway', 'tinyllm/lab/#', false],
    ['viewer', 'homeassistant/#', true],
    ['stranger', 'tinyllm/lab/#', false],
  ])('%s subscribes to %s: %s', (user, filter, allowed) => {
    expect(rules.subscribeRefusal(user, filter) === undefined).toBe(allowed);
  });

  it('are told where they may publish', () => {
    expect(rules.publishRefusal('wrist-01', 'tinyllm/lab/desk/readings')).toBe(
      'wrist-01 may publish on tinyllm/lab/wrist-01/readings, not on tinyllm/lab/desk/readings',
    );
  });
});
