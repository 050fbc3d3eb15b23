import type { BoardEpisodeEvent } from '../pipeline/episodes.ts';
import type { BoardPrediction } from '../pipeline/predictions.ts';
import type { EpisodeEvent } from '../protocols/episode.ts';
import type { AgentHealth, AgentInfo, AgentState, TopicPayloads, Topics } from '../protocols/topics.ts';
import type { BoardAvailability } from './availability.ts';
import type { MqttLink } from './mqtt/client.ts';
import type { Delivery } from './outbox/delivery.ts';

type Link = Pick<MqttLink, 'publish' | 'connected'>;
type Outbox = Pick<Delivery, 'put' | 'forget'>;
type Payload = Exclude<TopicPayloads[keyof TopicPayloads], string>;

/** The agent's last will: what the broker says of an agent that vanished. */
export const lastWill = (topics: Topics, agent: string): { topic: string; payload: string } => ({
  topic: topics.state(agent),
  payload: JSON.stringify({ state: 'offline' } satisfies AgentState),
});

/**
 * Puts what the agent knows on its topics, retained, so that who comes later sees the present.
 *
 * A broker may have lost what it retained while it was away: at every connection `announce` says again what holds. What was
 * predicted goes through the outbox, which says the newest of each board again by itself.
 */
export class Publisher {
  readonly #link: Link;
  readonly #outbox: Outbox;
  readonly #topics: Topics;
  #info: AgentInfo;
  readonly #boards = new Map<string, BoardAvailability['state']>();
  /** Those of which something was predicted. */
  readonly #answered = new Set<string>();
  /** Since the start: predictions and events that were put into the outbox. */
  predictions = 0;
  readonly events: Record<EpisodeEvent['type'], number> = { start: 0, update: 0, end: 0 };

  constructor(link: Link, outbox: Outbox, topics: Topics, info: AgentInfo) {
    this.#link = link;
    this.#outbox = outbox;
    this.#topics = topics;
    this.#info = info;
  }

  /** Those that have been heard and are not forgotten, and those of them that are there. */
  get boards(): { readonly known: number; readonly online: number } {
    const states = [...this.#boards.values()];
    return { known: states.length, online: states.filter((state) => state === 'online').length };
  }

  /** Birth, or birth again. */
  announce(): void {
    // Before the state: who shares boards with us must not take us for a member that we are not yet again.
    this.#retain(this.#topics.info(this.#info.agent), this.#info);
    this.#state('online');
    for (const [board, state] of this.#boards) this.#available(board, state);
  }

  /** What runs here has changed. */
  inform(info: AgentInfo): void {
    const { share } = this.#info;
    this.#info = share === undefined ? info : { ...info, share };
    if (this.#link.connected) this.#retain(this.#topics.info(info.agent), this.#info);
  }

  /** The group in which this agent takes its share of the boards from now on; undefined: it takes none. */
  sharing(group: string | undefined): void {
    const { share, ...info } = this.#info;
    if (group === share) return;
    this.#info = group === undefined ? info : { ...info, share: group };
    // Without a connection everybody knows that we are gone, and `announce` says the rest.
    if (this.#link.connected) this.#retain(this.#topics.info(info.agent), this.#info);
  }

  /**
   * The windows of a board are answered in the order in which they close. So the last answer is the newest, whatever the
   * board's clock says, and stands for the present.
   */
  prediction({ board, prediction }: BoardPrediction): void {
    const topic = this.#topics.prediction(board);
    this.#answered.add(board);
    this.predictions++;
    this.#outbox.put({ topic, payload: JSON.stringify(prediction), retain: 'newest' });
  }

  event({ board, event }: BoardEpisodeEvent): void {
    this.events[event.type]++;
    this.#outbox.put({ topic: this.#topics.event(board), payload: JSON.stringify(event), retain: 'never' });
  }

  availability({ board, state }: BoardAvailability): void {
    this.#boards.set(board, state);
    this.#available(board, state);
  }

  /**
   * The board has been silent for long. One of which nothing was ever predicted leaves nothing behind: names that were made up
   * would fill the broker.
   */
  forgotten(board: string): void {
    const wasAnswered = this.#answered.has(board);
    this.released(board);
    if (!wasAnswered && this.#link.connected) {
      // MQTT 3.1.1, 3.3.1.3: an empty payload takes back what was retained.
      this.#link.publish(this.#topics.availability(board), '', { retain: true });
    }
  }

  /** Another agent speaks for the board from now on. */
  released(board: string): void {
    this.#boards.delete(board);
    this.#answered.delete(board);
    this.#outbox.forget(this.#topics.prediction(board));
  }

  /** Left out while there is no connection: the next one supersedes it. */
  health(health: AgentHealth): void {
    if (this.#link.connected) this.#retain(this.#topics.health(this.#info.agent), health);
  }

  /** The end in good order: nobody watches the boards any more. Without a connection the last will has said so. */
  stopped(): void {
    if (!this.#link.connected) return;
    for (const board of this.#boards.keys()) this.#available(board, 'offline');
    this.#boards.clear();
    this.#state('stopped');
  }

  #state(state: AgentState['state']): void {
    this.#retain(this.#topics.state(this.#info.agent), { state } satisfies AgentState);
  }

  /** Left out while there is no connection: `announce` says it at the next. */
  #available(board: string, state: BoardAvailability['state']): void {
    if (!this.#link.connected) return;
    this.#link.publish(this.#topics.availability(board), state, { retain: true });
  }

  #retain(topic: string, payload: Payload): void {
    this.#publish(topic, payload, true);
  }

  #publish(topic: string, payload: Payload, retain: boolean): void {
    this.#link.publish(topic, JSON.stringify(payload), { retain });
  }
}
