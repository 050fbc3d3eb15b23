import { labelsOf, numbersOf } from '../../protocols/answers.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import type { AgentInfo, Topics } from '../../protocols/topics.ts';

/** What Home Assistant is told of a board: its device discovery payload. */
export type Discovery = Readonly<Record<string, unknown>>;

export interface DiscoveryOptions {
  readonly topics: Topics;
  readonly task: TaskSpec;
  readonly info: AgentInfo;
  /** Labels that make events; none: no events. */
  readonly eventLabels: readonly string[];
}

const PROJECT = 'TinyLLM';

/** Two agents with different tasks describe a board each by itself; Home Assistant sees one device with all of it. */
export const discoveryId = (
  { topics, task }: Pick<DiscoveryOptions, 'topics' | 'task'>,
  board: string,
): string => `${deviceId(topics, board)}-${task.name}`.replaceAll(/[^a-zA-Z0-9_-]/g, '_');

const deviceId = ({ base }: Topics, board: string): string => `${base.replace('/', '-')}-${board}`;

/**
 * A board as a device of Home Assistant: the newest answer as sensors, episodes as an event entity. It is available when
 * both the board and the agent that watches it are online.
 *
 * https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload (since 2024.11)
 */
export function discovery(board: string, options: DiscoveryOptions): Discovery {
  const { topics, task, info } = options;
  return {
    device: {
      identifiers: [deviceId(topics, board)],
      name: board,
      manufacturer: PROJECT,
      model: `${info.model} (${info.task})`,
    },
    origin: { name: PROJECT.toLowerCase(), sw_version: info.version },
    availability: [
      { topic: topics.availability(board) },
      { topic: topics.state(info.agent), value_template: '{{ value_json.state }}' },
    ],
    availability_mode: 'all',
    qos: 1,
    components: Object.fromEntries(
      [...labelSensors(board, options), ...numberSensors(board, options), ...events(board, options)].map(
        (component) => [
          component.key,
          { unique_id: `${discoveryId({ topics, task }, board)}-${component.key}`, ...component.config },
        ],
      ),
    ),
  };
}

interface Component {
  readonly key: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** An unknown answer has no label: `None`, which Home Assistant shows as unknown. */
function labelSensors(board: string, { topics, task }: DiscoveryOptions): Component[] {
  const labels = labelsOf(task.answers);
  if (labels.length === 0) return [];
  const [label, attributes] = ['value_json.label', "{'p': value_json.p, 'probs': value_json.probs}"];
  const keptLabel = `this.state if this.state in ${JSON.stringify(labels)} else None`;
  const keptAttributes = "{'p': this.attributes.get('p'), 'probs': this.attributes.get('probs')}";
  const config = {
    platform: 'sensor',
    name: task.name,
    device_class: 'enum',
    options: labels,
    state_topic: topics.prediction(board),
    value_template: `{{ ${ofTask(task, label, keptLabel)} }}`,
    json_attributes_topic: topics.prediction(board),
    json_attributes_template: `{{ ${ofTask(task, attributes, keptAttributes)} | tojson }}`,
  };
  return [{ key: 'label', config }];
}

/** What another task says of the board on the same topic, be it of this agent or of another, leaves the state as it is. */
const ofTask = ({ name }: TaskSpec, told: string, kept: string): string =>
  `(${told} if value_json.task == '${name}' else (${kept}))`;

function numberSensors(board: string, { topics, task }: DiscoveryOptions): Component[] {
  const keptNumber = 'this.state if this.state | is_number else None';
  const meanOf = (name: string) => `value_json.value['${name}'].mean`;
  return numbersOf(task.answers).map(({ name, unit, decimals }) => ({
    key: name,
    config: {
      platform: 'sensor',
      name,
      unit_of_measurement: unit,
      state_class: 'measurement',
      suggested_display_precision: decimals,
      state_topic: topics.prediction(board),
      value_template: `{{ ${ofTask(task, meanOf(name), keptNumber)} }}`,
    },
  }));
}

/**
 * Home Assistant knows an event by its type: the label, and whether it started or ended. Where a window is an event by
 * itself, it starts and ends at once, and is told once. What had to wait for the broker comes too late to act on.
 */
function events(board: string, { topics, task, eventLabels }: DiscoveryOptions): Component[] {
  if (eventLabels.length === 0) return [];
  const isMomentary = task.window.trigger !== undefined;
  const tells = isMomentary ? "value_json.type == 'end'" : "value_json.type != 'update'";
  const type = isMomentary ? 'value_json.label' : "value_json.label ~ ' ' ~ value_json.type";
  const attributes = ['id', 'p', 'start', 'end', 'count'].map((key) => `'${key}': value_json.${key}`);
  const config = {
    platform: 'event',
    name: `${task.name} event`,
    event_types: isMomentary
      ? eventLabels
      : eventLabels.flatMap((label) => [`${label} start`, `${label} end`]),
    state_topic: topics.event(board),
    value_template:
      `{% if value_json.task == '${task.name}' and ${tells} and not value_json.replayed %}` +
      `{{ {'event_type': ${type}, ${attributes.join(', ')}} | tojson }}{% endif %}`,
  };
  return [{ key: 'event', config }];
}
