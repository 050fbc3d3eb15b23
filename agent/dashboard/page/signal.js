import { answerText } from './answers.js';
import { QUANTITY_UNITS } from './units.js';

const SHOWN_MS = 10_000;
/** A longer silence is a gap in the line. */
const GAP_MS = 2500;
/** Windows older than the chart need no mark; this many can be seen at once. */
const MARKED_WINDOWS = 12;
/** Above the lanes: the labels of windows, a line for each task. Below: the time. */
const LABELS_PX = 28;
const AXIS_PX = 24;
const CAPTION_PX = 24;
const LANE_END_PX = 8;

/** Units are plain ASCII in the protocol; bare numbers and a sensor's raw counts need no word. */
const WRITTEN_UNITS = { degC: '°C', 'm/s2': 'm/s²', uT: 'µT', count: '', 1: '' };

/** Draws a board's channels, one lane each, on a canvas that is as wide as its place. */
export class SignalChart {
  #canvas;
  #theme;

  constructor(canvas) {
    this.#canvas = canvas;
    const readTheme = () => {
      this.#theme = themeOf(canvas);
    };
    readTheme();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', readTheme);
  }

  draw(board) {
    const channels = [...board.channels.values()];
    const laneHeight = channels.length > 4 ? 56 : 84;
    const labelsPx = LABELS_PX * Math.max(1, board.answers.size);
    const bottom = labelsPx + Math.max(1, channels.length) * laneHeight;
    const context = this.#fit(bottom + AXIS_PX);
    const width = this.#canvas.clientWidth;
    const nowMs = board.nowMs();
    const x = (timeMs) => width - ((nowMs - timeMs) / SHOWN_MS) * width;

    context.clearRect(0, 0, width, this.#canvas.clientHeight);
    for (const [line, task] of [...board.answers.keys()].entries()) {
      const predictions = board.predictions.filter((prediction) => prediction.task === task);
      this.#drawWindows(context, predictions, { x, width, bottom, top: line * LABELS_PX });
    }
    for (const [lane, channel] of channels.entries()) {
      const top = labelsPx + lane * laneHeight;
      this.#drawRule(context, top, width);
      this.#drawLane(context, channel, { top, height: laneHeight, width, x, fromMs: nowMs - SHOWN_MS });
    }
    this.#drawRule(context, bottom, width);
    this.#drawAxis(context, width, bottom + AXIS_PX - 6);
    const caption = `Live signal of ${board.id}: ${channels.map(nameAndUnit).join(', ')}`;
    if (this.#canvas.getAttribute('aria-label') !== caption) this.#canvas.setAttribute('aria-label', caption);
  }

  /** Matches the canvas to its place and to the screen's density. */
  #fit(height) {
    const canvas = this.#canvas;
    if (canvas.style.height !== `${height}px`) canvas.style.height = `${height}px`;
    const scale = devicePixelRatio || 1;
    const size = [Math.round(canvas.clientWidth * scale), Math.round(height * scale)];
    if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
    const context = canvas.getContext('2d');
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.font = '13px system-ui, sans-serif';
    return context;
  }

  /** What the model read when it answered. */
  #drawWindows(context, predictions, { x, width, top, bottom }) {
    context.textAlign = 'center';
    for (const prediction of predictions.slice(0, MARKED_WINDOWS)) {
      const { window } = prediction;
      const left = x(window.start);
      const right = Math.max(x(window.end), left + 2);
      if (right < 0 || left > width) continue;
      context.fillStyle = this.#theme.window;
      context.beginPath();
      context.roundRect(left, top, right - left, bottom - top, [8, 8, 0, 0]);
      context.fill();
      const text = answerText(prediction);
      if (context.measureText(text).width + 8 > right - left) continue;
      context.fillStyle = this.#theme.accent;
      context.fillText(text, (left + right) / 2, top + LABELS_PX - 9);
    }
  }

  #drawAxis(context, width, y) {
    context.fillStyle = this.#theme.muted;
    for (const [share, align] of [
      [0, 'left'],
      [0.5, 'center'],
      [1, 'right'],
    ]) {
      context.textAlign = align;
      const agoS = ((1 - share) * SHOWN_MS) / 1000;
      context.fillText(agoS === 0 ? 'now' : `${agoS} s ago`, share * width, y);
    }
  }

  #drawRule(context, top, width) {
    context.fillStyle = this.#theme.rule;
    context.fillRect(0, top, width, 1);
  }

  #drawLane(context, channel, { top, height, width, x, fromMs }) {
    const { name, times, values } = channel;
    const [low, high] = rangeOf(values);
    const floor = top + height - LANE_END_PX;
    const y = (value) => floor - ((value - low) / (high - low)) * (height - CAPTION_PX - LANE_END_PX);

    context.beginPath();
    let lastMs = Number.NEGATIVE_INFINITY;
    const first = Math.max(0, times.findIndex((time) => time >= fromMs) - 1);
    for (let i = first; i < times.length; i++) {
      const move = times[i] - lastMs > GAP_MS;
      context[move ? 'moveTo' : 'lineTo'](x(times[i]), y(values[i]));
      lastMs = times[i];
    }
    context.strokeStyle = this.#theme.channel(name);
    context.lineWidth = 1.75;
    context.lineJoin = 'round';
    context.stroke();

    context.textAlign = 'left';
    context.fillStyle = this.#theme.text;
    context.fillText(name, 0, top + CAPTION_PX - 7);
    context.textAlign = 'right';
    context.fillStyle = this.#theme.muted;
    context.fillText(`${format(values.at(-1))} ${unitOf(channel)}`.trim(), width, top + CAPTION_PX - 7);
  }
}

/** The unit that was sent with the values, else the channel's own. */
function unitOf({ name, unit }) {
  const plain = String(unit ?? QUANTITY_UNITS[name.split('.', 1)[0]] ?? '');
  return WRITTEN_UNITS[plain] ?? plain;
}

function nameAndUnit(channel) {
  const unit = unitOf(channel);
  return unit === '' ? channel.name : `${channel.name} in ${unit}`;
}

/** The scale of a lane: all that is remembered, and never so narrow that mere noise fills it. */
function rangeOf(values) {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const missing = Math.max(0.1 * Math.max(Math.abs(low), Math.abs(high)), 1e-3) - (high - low);
  return missing > 0 ? [low - missing / 2, high + missing / 2] : [low, high];
}

const format = (value) =>
  Number.isInteger(value) ? String(value) : value.toPrecision(5).replace(/\.?0+$/, '');

/** Colours come from the style sheet, so that light and dark have one place. */
function themeOf(element) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(name).trim();
  const spare = ['--line-1', '--line-2', '--line-3', '--line-4'].map(colour);
  const named = { red: colour('--line-red'), green: colour('--line-green'), blue: colour('--line-blue') };
  const chosen = new Map();
  return {
    text: colour('--text'),
    muted: colour('--muted'),
    rule: colour('--rule'),
    accent: colour('--accent'),
    window: colour('--window'),
    channel: (name) => {
      const part = name.split('.')[1];
      if (named[part] !== undefined) return named[part];
      if (!chosen.has(name)) chosen.set(name, spare[chosen.size % spare.length]);
      return chosen.get(name);
    },
  };
}
