/**
 * What stands on the topics, checked: a board may send anything, and nothing that it sends may stop the page. Each
 * function returns undefined, or nothing, for what is not in the shape of the contract.
 */

/** The latest moment that a `Date` can hold, in milliseconds (ECMA-262, 21.4.1.1). */
const LAST_MS = 8.64e15;

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === 'string';
const isTime = (value) => Number.isFinite(value) && Math.abs(value) <= LAST_MS;

export function parse(payload) {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}

const isNumberAnswer = (value) =>
  isObject(value) && [value.mean, value.sd].every(Number.isFinite) && isText(value.unit);

export function predictionOf(value) {
  const good =
    isObject(value) &&
    isText(value.task) &&
    isTime(value.ts) &&
    isObject(value.window) &&
    isTime(value.window.start) &&
    isTime(value.window.end) &&
    (value.label === null || isText(value.label)) &&
    [value.p, value.latencyMs].every(Number.isFinite) &&
    isObject(value.probs) &&
    Object.values(value.probs).every(Number.isFinite) &&
    isObject(value.value) &&
    Object.values(value.value).every(isNumberAnswer);
  return good ? value : undefined;
}

const AGENT_FACTS = {
  state: (value) => isText(value.state),
  health: (value) =>
    [value.readings, value.predictions, value.rssMb].every(Number.isFinite) && isObject(value.latencyMs),
  info: (value) =>
    [value.model, value.version, value.task].every(isText) &&
    (value.tasks === undefined ||
      (Array.isArray(value.tasks) && value.tasks.every((one) => isObject(one) && isText(one.task)))),
};

/** @param kind 'state', 'health' or 'info' */
export function agentFactOf(kind, value) {
  return Object.hasOwn(AGENT_FACTS, kind) && isObject(value) && AGENT_FACTS[kind](value) ? value : undefined;
}

/**
 * The samples of a readings payload: one reading, an array of readings, or a batch with one time grid.
 *
 * @returns `{ timeMs, values, units }`, both by channel; `units` names only those that are not the channel's own
 */
export function samplesOf(payload, arrivalMs) {
  const samples = Array.isArray(payload)
    ? payload.flatMap((one) => (isObject(one) ? samplesOf(one, arrivalMs) : []))
    : isObject(payload) && payload.rows !== undefined
      ? batchSamples(payload)
      : isObject(payload) && isObject(payload.v)
        ? [{ timeMs: payload.t === undefined ? arrivalMs : payload.t / 1000, values: payload.v }]
        : [];
  const units = isObject(payload?.units) ? payload.units : {};
  return samples.filter(({ timeMs }) => isTime(timeMs)).map((sample) => ({ units, ...sample }));
}

function batchSamples({ t0, rateHz, channels, rows }) {
  if (!(rateHz > 0) || !Array.isArray(channels) || !Array.isArray(rows)) return [];
  return rows.filter(Array.isArray).map((row, i) => ({
    timeMs: t0 / 1000 + (i * 1000) / rateHz,
    values: Object.fromEntries(channels.map((name, c) => [name, row[c]])),
  }));
}
