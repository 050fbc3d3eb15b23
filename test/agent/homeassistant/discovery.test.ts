import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DiscoveryOptions, discovery, discoveryId } from '../../../agent/homeassistant/discovery.ts';
import { labelsOf } from '../../../protocols/answers.ts';
import { parseTaskSpec } from '../../../protocols/task.ts';
import { Topics } from '../../../protocols/topics.ts';
import { readYaml } from '../../../protocols/yaml.ts';
import { REPOSITORY } from '../../tools.ts';
import { DISCOVERY_TOPIC, deviceDiscovery } from './schema.ts';

const topics = new Topics('home');
const TASKS = join(REPOSITORY, 'configs', 'tasks');
const tasks = readdirSync(TASKS).map((file) => file.replace('.yaml', ''));

async function optionsOf(name: string): Promise<DiscoveryOptions> {
  const path = join(TASKS, `${name}.yaml`);
  const task = parseTaskSpec(await readYaml(path), path);
  const info = {
    agent: 'hub',
    version: '1.2.3',
    node: 'v20',
    platform: 'linux-arm64',
    task: task.name,
    model: name,
    bundleHash: '0'.repeat(64),
  };
  return { topics, task, info, eventLabels: labelsOf(task.answers) };
}

const described = async (name: string, board = 'desk') =>
  deviceDiscovery.parse(discovery(board, await optionsOf(name)));

describe('the description of a board for Home Assistant', () => {
  it.each(tasks)('has the keys that Home Assistant knows: %s', async (name) => {
    const payload = await described(name);
    expect(Object.keys(payload.components).length).toBeGreaterThan(0);
    const ids = Object.values(payload.components).map(({ unique_id }) => unique_id);
    expect(new Set(ids).size).toBe(ids.length);
    const id = discoveryId(await optionsOf(name), 'desk');
    expect(`homeassistant/device/${id}/config`).toMatch(DISCOVERY_TOPIC);
  });

  it('is of a board that is available when it and its agent are online', async () => {
    expect(await described('gesture')).toMatchObject({
      device: { identifiers: ['tinyllm-home-desk'], name: 'desk' },
      availability: [
        { topic: 'tinyllm/home/desk/availability' },
        { topic: 'tinyllm/home/bridge/hub/state', value_template: '{{ value_json.state }}' },
      ],
      availability_mode: 'all',
    });
  });

  it('has the answer as a sensor, and one event for each gesture', async () => {
    const { components } = await described('gesture');
    expect(components.label).toMatchObject({
      platform: 'sensor',
      options: ['Tap', 'Double', 'Hold'],
      state_topic: 'tinyllm/home/desk/prediction',
    });
    expect(components.event).toMatchObject({
      platform: 'event',
      event_types: ['Tap', 'Double', 'Hold'],
      state_topic: 'tinyllm/home/desk/event',
    });
  });

  it('has events for beginning and end of what lasts', async () => {
    const { components } = await described('activity');
    expect(components.event).toMatchObject({
      event_types: expect.arrayContaining(['walking start', 'walking end']),
    });
  });

  it('has a sensor for each number, with its unit', async () => {
    const { components } = await described('breathe');
    expect(components).toEqual({
      breathingRate: expect.objectContaining({
        platform: 'sensor',
        unit_of_measurement: '1/min',
        state_class: 'measurement',
        value_template: expect.stringContaining("value_json.value['breathingRate'].mean"),
      }),
    });
  });

  it('passes over what another task says of the board, which may be that of another agent', async () => {
    const { components } = await described('gesture');
    const { label, event } = components as unknown as Record<string, Record<string, string>>;
    const others = "if value_json.task == 'gesture' else (this.";
    expect(label!.value_template).toContain(`(value_json.label ${others}`);
    expect(label!.json_attributes_template).toContain("if value_json.task == 'gesture' else ({'p': this.");
    expect(event!.value_template).toContain("{% if value_json.task == 'gesture' and ");
    const numbers = (await described('breathe')).components.breathingRate;
    expect(numbers).toMatchObject({
      value_template: expect.stringContaining("value_json.task == 'breathe'"),
    });
  });

  it('has no events where none are told', async () => {
    const payload = discovery('desk', { ...(await optionsOf('gesture')), eventLabels: [] });
    expect(Object.keys(deviceDiscovery.parse(payload).components)).toEqual(['label']);
  });

  it('is one device for two tasks, described apart', async () => {
    const [gesture, swim] = await Promise.all(['gesture', 'swim'].map(optionsOf));
    expect(discoveryId(gesture!, 'desk')).not.toBe(discoveryId(swim!, 'desk'));
    expect((await described('swim')).device.identifiers).toEqual(
      (await described('gesture')).device.identifiers,
    );
  });
});
