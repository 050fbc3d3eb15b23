import { agentFactOf, parse, predictionOf, samplesOf } from './payloads.js';

/** How much of a channel is remembered: more than the chart shows, so that its scale does not jump. */
const REMEMBERED_MS = 60_000;
const REMEMBERED_PREDICTIONS = 50;
/** More than answer any board: an agent or two, with a few models each. */
const MAX_TASKS = 8;
/** More than any task reads; names that a board makes up must not fill the page. */
const MAX_CHANNELS = 64;

/** What the page knows about a site, learned from its topics alone. */
export class Site {
  /** id -> Board */
  boards = new Map();
  /** name -> { state, health, info } */
  agents = new Map();

  /** @returns what changed: 'readings', 'prediction', 'board' or 'agent'; undefined for a topic we do not know */
  take(levels, payload, isOld) {
    if (levels[0] === 'bridge') return this.#takeAgent(levels, payload);
    const [id, kind] = levels;
    if (levels.length !== 2 || !['readings', 'prediction', 'availability'].includes(kind)) return undefined;
    let board = this.boards.get(id);
    if (board === undefined) {
      board = new Board(id);
      this.boards.set(id, board);
    }
    return board.take(kind, payload, isOld);
  }

  #takeAgent([, name, kind], payload) {
    const fact = agentFactOf(kind, parse(payload));
    if (fact === undefined) return undefined;
    const agent = this.agents.get(name) ?? {};
    agent[kind] = fact;
    this.agents.set(name, agent);
    return 'agent';
  }
}

export class Board {
  isOnline = true;
  /** name -> { name, unit, times, values }, in the order in which the board names them; `unit` as it was sent, if it was */
  channels = new Map();
  /** Of all tasks, newest first. */
  predictions = [];
  /** task -> its newest prediction, in the order in which the tasks were first answered */
  answers = new Map();
  /** How far this machine's clock is ahead of the samples' times, smoothed. */
  #lagMs;

  constructor(id) {
    this.id = id;
  }

  take(kind, payload, isOld) {
    if (kind === 'availability') {
      this.isOnline = payload.toString() === 'online';
      return 'board';
    }
    if (kind === 'prediction') {
      const value = predictionOf(parse(payload));
      if (value === undefined) return undefined;
      return this.#answer(value, isOld) ? 'prediction' : undefined;
    }
    for (const sample of samplesOf(parse(payload), Date.now())) this.#add(sample);
    return 'readings';
  }

  /** Now, on the line of time that the samples are on. */
  nowMs() {
    return Date.now() - (this.#lagMs ?? 0);
  }

  /** @returns whether it says something new */
  #answer(prediction, isOld) {
    const { answers, predictions } = this;
    const { task, id, ts } = prediction;
    if (!answers.has(task) && answers.size >= MAX_TASKS) return false;
    // What the broker kept may come behind what it has just passed on.
    if (answers.get(task)?.id === id || (isOld && answers.has(task))) return false;
    // The agent's clock may differ from ours; that matters only for what the broker kept from before.
    const seen = { ...prediction, seenMs: isOld ? ts : Date.now() };
    answers.set(task, seen);
    predictions.unshift(seen);
    predictions.length = Math.min(predictions.length, REMEMBERED_PREDICTIONS);
    return true;
  }

  #add({ timeMs, values, units }) {
    const lagMs = Date.now() - timeMs;
    this.#lagMs = this.#lagMs === undefined ? lagMs : this.#lagMs + 0.05 * (lagMs - this.#lagMs);
    for (const [name, value] of Object.entries(values)) {
      if (!Number.isFinite(value)) continue;
      const unit = units[name];
      let channel = this.channels.get(name);
      if (channel === undefined && this.channels.size >= MAX_CHANNELS) continue;
      // Values in two units do not lie on one line.
      if (channel === undefined || channel.unit !== unit) {
        channel = { name, unit, times: [], values: [] };
        this.channels.set(name, channel);
      }
      channel.times.push(timeMs);
      channel.values.push(value);
      const old = channel.times.findIndex((time) => time >= timeMs - REMEMBERED_MS);
      if (old > 0) {
        channel.times.splice(0, old);
        channel.values.splice(0, old);
      }
    }
  }
}
