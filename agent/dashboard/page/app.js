import { Site } from './boards.js';
import { follow, forgetSignIn, rememberSignIn, takeSignIn } from './connection.js';
import { SignalChart } from './signal.js';
import { showAgents, showAnswers, showBoards, showConnection, showPredictions, showSignIn } from './view.js';

const chart = new SignalChart(document.getElementById('chart'));
const stillness = matchMedia('(prefers-reduced-motion: reduce)');
/** 30 frames a second look smooth, and leave the processor to the model where both share a small machine. */
const FRAME_MS = 33;
/** With reduced motion the chart steps instead of flowing. */
const STEP_MS = 500;

let site = new Site();
let chosen;
let stopFollowing = () => {};

start(takeSignIn());
requestAnimationFrame(draw);

/** Follow the site, or ask who is there. */
function start(signIn, problem) {
  stopFollowing();
  showSignIn(signIn === undefined, { problem });
  showConnection(signIn === undefined ? 'signed-out' : 'connecting');
  if (signIn === undefined) return;
  site = new Site();
  chosen = undefined;
  stopFollowing = follow(signIn, {
    state: showConnection,
    message: take,
    refused: () => {
      forgetSignIn();
      start(undefined, 'The broker refused this user and password.');
    },
  });
}

function take(levels, payload, isOld) {
  const known = site.boards.size;
  const changed = site.take(levels, payload, isOld);
  if (changed === 'agent') showAgents(site);
  if (changed === 'board' || site.boards.size > known) choose(chosen ?? levels[0]);
  if (changed === 'prediction' && levels[0] === chosen) showPredictions(site.boards.get(chosen));
}

function choose(board) {
  chosen = board;
  showBoards(site, chosen, choose);
  showPredictions(site.boards.get(chosen));
}

let drawnMs = 0;
function draw(nowMs) {
  requestAnimationFrame(draw);
  const board = site.boards.get(chosen);
  if (board === undefined || nowMs - drawnMs < (stillness.matches ? STEP_MS : FRAME_MS)) return;
  drawnMs = nowMs;
  chart.draw(board);
  showAnswers(site, board);
}

document.getElementById('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  const { username, password, port } = event.target.elements;
  const signIn = { username: username.value, password: password.value, port: Number(port.value) };
  rememberSignIn(signIn);
  start(signIn);
});
addEventListener('hashchange', () => start(takeSignIn()));
