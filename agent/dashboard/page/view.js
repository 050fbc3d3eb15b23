import { answerText } from './answers.js';
import { BROKER_URL } from './broker.js';
import { troublesOf } from './health.js';

/** As many as are as tall as a chart of four channels. */
const LISTED_PREDICTIONS = 9;
const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

const byId = (id) => document.getElementById(id);

/** An element with text, classes and children; text is never read as HTML. */
function element(tag, { text, className, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className !== undefined) made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Sets text only where it differs: a live region must not speak twice. */
function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** A model is never quite certain: what rounds to nothing or to all is said so. */
function percent(p) {
  if (p > 0.999) return '> 99.9 %';
  return p < 0.001 ? '< 0.1 %' : `${(100 * p).toFixed(1)} %`;
}

/** How probable the label is. A number carries its own uncertainty: no single value of it is probable. */
const sureness = ({ label, unknown, p }) => (label === null && !unknown ? '' : percent(p));

export function showConnection(state) {
  const words = {
    connecting: 'Connecting',
    online: 'Live',
    offline: 'No connection',
    'signed-out': 'Signed out',
  };
  byId('connection').dataset.state = state;
  setText(byId('connection'), words[state]);
}

export function showSignIn(isNeeded, { problem = '', port = 9001 } = {}) {
  const form = byId('sign-in');
  form.hidden = !isNeeded;
  byId('live').hidden = isNeeded;
  setText(byId('sign-in-problem'), problem);
  if (!isNeeded) return;
  byId('port-question').hidden = BROKER_URL !== null;
  form.elements.port.value ||= port;
  form.elements.password.focus();
}

export function showBoards(site, chosen, choose) {
  const buttons = [...site.boards.values()].map((board) => {
    const button = element('button', {
      type: 'button',
      text: board.id,
      'aria-pressed': String(board.id === chosen),
      'data-online': String(board.isOnline),
      title: board.isOnline ? `${board.id} is online` : `${board.id} is offline`,
    });
    button.addEventListener('click', () => choose(board.id));
    return button;
  });
  byId('boards').replaceChildren(...buttons);
}

/** How long an answer is news: a snapshot holds until the next, an event is over soon. */
const newsMs = ({ window }) =>
  window.end === window.start ? 20_000 : Math.max(3500, 2 * (window.end - window.start));

/**
 * A block for each task, which stays in place from answer to answer. A single one needs no name: only where a board is
 * answered by several is each told whose it is.
 */
function blocksOf(list, tasks, make) {
  const shown = [...list.children].map(({ dataset }) => dataset.task);
  if (JSON.stringify(tasks) !== JSON.stringify(shown)) {
    const named = (task) => (tasks.length > 1 ? [element('h3', { text: task, className: 'task' })] : []);
    list.replaceChildren(
      ...tasks.map((task) => element('div', { 'data-task': task }, ...named(task), ...make())),
    );
  }
  list.classList.toggle('several', tasks.length > 1);
  return [...list.children];
}

/** The current answer of each task, or that there is none. Called often; touches the page only when something changes. */
export function showAnswers(site, board) {
  const answers = board.answers.size === 0 ? [['', undefined]] : [...board.answers];
  const tasks = answers.map(([task]) => task);
  const blocks = blocksOf(byId('answers'), tasks, () => [
    element(
      'div',
      { className: 'label-line' },
      element('p', {
        className: 'label',
        'aria-live': 'polite',
        'aria-atomic': 'true',
      }),
      element('p', { className: 'probability' }),
    ),
    element('p', { className: 'detail' }),
  ]);
  for (const [i, [, newest]] of answers.entries()) showAnswer(site, board, newest, blocks[i]);
}

function showAnswer(site, board, newest, block) {
  const part = (name) => block.querySelector(`.${name}`);
  const ageMs = newest === undefined ? Number.POSITIVE_INFINITY : Date.now() - newest.seenMs;
  const isNews = newest !== undefined && ageMs < newsMs(newest);
  const label = part('label');
  label.dataset.state = !isNews ? 'waiting' : newest.unknown ? 'unknown' : 'known';
  setText(label, isNews ? answerText(newest, 'Unknown') : 'Waiting');
  setText(part('probability'), isNews ? sureness(newest) : '');
  setText(
    part('detail'),
    isNews
      ? `read by the model ${newest.model}, answered ${latency(newest.latencyMs)} after the last sample`
      : waitingFor(site, board, newest),
  );
  const bars = [...byId('bars').children].find(({ dataset }) => dataset.task === newest?.task);
  if (bars !== undefined) bars.dataset.state = isNews ? 'known' : 'waiting';
}

function waitingFor(site, board, newest) {
  if (!board.isOnline) return `${board.id} is offline`;
  if (board.channels.size === 0) return 'for the first sample';
  if (board.answers.size > 1) return `for the next ${newest.task}`;
  const tasks = [...site.agents.values()].flatMap(
    ({ info }) => info?.tasks?.map(({ task }) => task) ?? info?.task ?? [],
  );
  return tasks.length === 0 ? 'for an agent' : `for the next ${tasks.join(' or ')}`;
}

const latency = (latencyMs) => (latencyMs < 1 ? 'under 1 ms' : `${Math.round(latencyMs)} ms`);

export function showPredictions({ predictions, answers }) {
  for (const id of ['no-bars', 'no-history']) byId(id).hidden = answers.size > 0;
  // A task that asks for numbers only has no bars.
  const answered = [...answers.values()].filter(({ probs }) => Object.keys(probs).length > 0);
  const tasks = answered.map(({ task }) => task);
  const blocks = blocksOf(byId('bars'), tasks, () => [element('ul')]);
  for (const [i, { probs }] of answered.entries()) showBars(probs, blocks[i].querySelector('ul'));
  byId('history').replaceChildren(
    ...predictions.slice(0, LISTED_PREDICTIONS).map((prediction) =>
      element(
        'li',
        {},
        element('time', {
          text: time.format(prediction.ts),
          datetime: new Date(prediction.ts).toISOString(),
        }),
        element(
          'span',
          {},
          element('span', {
            text: answerText(prediction),
            className: prediction.unknown ? 'unknown' : 'name',
          }),
          ...(answers.size > 1 ? [element('span', { text: prediction.task, className: 'task' })] : []),
        ),
        element('span', { text: sureness(prediction), className: 'number' }),
      ),
    ),
  );
}

/** One bar a label. Bars stay in place between answers, so that they can be compared. */
function showBars(probs, list) {
  const labels = Object.keys(probs);
  if (labels.join('\n') !== [...list.children].map(({ dataset }) => dataset.label).join('\n')) {
    list.replaceChildren(
      ...labels.map((label) =>
        element(
          'li',
          { 'data-label': label },
          element('span', { text: label, className: 'name' }),
          element(
            'span',
            { className: 'track', 'aria-hidden': 'true' },
            element('span', { className: 'fill' }),
          ),
          element('span', { className: 'number' }),
        ),
      ),
    );
  }
  const most = Math.max(...Object.values(probs));
  for (const row of list.children) {
    const p = probs[row.dataset.label];
    row.classList.toggle('most', p === most);
    row.querySelector('.fill').style.setProperty('--share', String(p));
    setText(row.querySelector('.number'), percent(p));
  }
}

export function showAgents(site) {
  byId('agents').replaceChildren(
    ...[...site.agents].map(([name, { state, info, health }]) => {
      // Health comes every few seconds: a count of predictions would lag behind the list above it.
      const facts = [
        info && `${info.model}, tinyllm ${info.version}`,
        health && `${health.readings.toLocaleString()} readings`,
        Number.isFinite(health?.latencyMs.p50) &&
          `latency ${latency(health.latencyMs.p50)} median, ${latency(health.latencyMs.p95)} p95`,
        health && `memory ${Math.round(health.rssMb)} MB`,
      ];
      const troubles = health ? troublesOf(health) : [];
      return element(
        'p',
        {},
        element('strong', {
          text: `Agent ${name} is ${state?.state ?? 'unknown'}`,
          'data-state': state?.state ?? 'offline',
        }),
        ...facts.filter(Boolean).map((fact) => element('span', { text: fact })),
        ...troubles.map((trouble) => element('span', { text: trouble, className: 'trouble' })),
      );
    }),
  );
}
