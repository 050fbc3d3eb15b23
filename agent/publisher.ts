import type { BoardPrediction } from '../pipeline/predictions.ts';
import type { AgentHealth, AgentInfo, AgentState, TopicPayloads, Topics } from '../protocols/topics.ts';
import type { BoardAvailability } from './availability.ts';
import type { MqttLink } from './mqtt/client.ts';

type Link = Pick<MqttLink, 'publish' | 'connected'>;
type Payload = Exclude<TopicPayloads[keyof TopicPayloads], string>;

/** The agent's last will: what the broker says of an agent that vanished. */
export const lastWill = (topics: Topics, agent: string): { topic: string; payload: string } => ({
  topic: topics.state(agent),
  payload: JSON.stringify({ state: 'offline' } satisfies AgentState),
});

/**
 * Puts what the agent knows on its topics, retained, so that who comes later sees the present.
 *
 * A broker may have lost what it retained while it was away: at every connection `announce` says again what holds.
 */
export class Publisher {
  readonly #link: Link;
  readonly #topics: Topics;
  #info: AgentInfo;
  readonly #boards = new Map<string, BoardAvailability['state']>();
  /** Where the newest window that was answered ends, of each board: epoch milliseconds. */
  readonly #newestEndMs = new Map<string, number>();

  constructor(link: Link, topics: Topics, info: AgentInfo) {
    this.#link = link;
    this.#topics = topics;
    this.#info = info;
  }

  /** Birth, or birth again. */
  announce(): void {
    // Before the state: who shares boards with us must not take us for a member that we are not yet again.
    this.#retain(this.#topics.info(this.#info.agent), this.#info);
    this.#state('online');
    for (const [board, state] of this.#boards) this.#available(board, state);
  }

  /** The group in which this agent takes its share of the boards from now on; undefined: it takes none. */
  sharing(group: string | undefined): void {
    const { share, ...info } = this.#info;
    if (group === share) return;
    this.#info = group === undefined ? info : { ...info, share: group };
    // Without a connection everybody knows that we are gone, and `announce` says the rest.
    if (this.#link.connected) this.#retain(this.#topics.info(info.agent), this.#info);
  }

  /** What comes late, after a newer one, is told to those who listen, and does not stand for the present. */
  prediction({ board, prediction }: BoardPrediction): void {
    const { end } = prediction.window;
    const newestEndMs = Math.max(end, this.#newestEndMs.get(board) ?? end);
    this.#newestEndMs.set(board, newestEndMs);
    this.#publish(this.#topics.prediction(board), prediction, end === newestEndMs);
  }

  availability({ board, state }: BoardAvailability): void {
    this.#boards.set(board, state);
    this.#available(board, state);
  }

  /** Another agent speaks for the board from now on. */
  released(board: string): void {
    this.#boards.delete(board);
    this.#newestEndMs.delete(board);
  }

  /** Left out while there is no connection: the next one supersedes it. */
  health(health: AgentHealth): void {
    if (this.#link.connected) this.#retain(this.#topics.health(this.#info.agent), health);
  }

  /** The end in good order: nobody watches the boards any more. */
  stopped(): void {
    for (const board of this.#boards.keys()) this.#available(board, 'offline');
    this.#boards.clear();
    this.#state('stopped');
  }

  #state(state: AgentState['state']): void {
    this.#retain(this.#topics.state(this.#info.agent), { state } satisfies AgentState);
  }

  #available(board: string, state: BoardAvailability['state']): void {
    this.#link.publish(this.#topics.availability(board), state, { retain: true });
  }

  #retain(topic: string, payload: Payload): void {
    this.#publish(topic, payload, true);
  }

  #publish(topic: string, payload: Payload, retain: boolean): void {
    this.#link.publish(topic, JSON.stringify(payload), { retain });
  }
}
