import { parentPort, workerData } from 'node:worker_threads';
import { toFailure } from './failure.ts';
import { generate } from './generator.ts';
import { GptSession } from './gpt-session.ts';
import { LabelScorer } from './label-scorer.ts';
import type { Reply, Request, StartReply, WorkerStart } from './messages.ts';

// `session.run` is synchronous inside and fires no timer on its thread for as long as it takes: the
// model lives here, so that sockets and timers of the agent never wait for it.

const port = parentPort!;
const send = (reply: StartReply | Reply): void => port.postMessage(reply);

/** Sequences and generations that were asked for, neither finished nor discarded. */
const wanted = new Set<number>();

async function serve(session: GptSession, scorer: LabelScorer | undefined, request: Request): Promise<void> {
  switch (request.type) {
    case 'open':
      scorer?.open(request.id);
      break;
    case 'push':
      if (wanted.has(request.id)) await scorer?.push(request.id, request.tokens);
      break;
    case 'score':
      await score(scorer, request.id);
      break;
    case 'generate':
      await stream(session, request);
      break;
    case 'discard':
      scorer?.discard(request.id);
      break;
    case 'close':
      await session.release();
      port.close();
  }
}

async function score(scorer: LabelScorer | undefined, id: number): Promise<void> {
  try {
    if (!scorer) throw new Error('this model was started without a task: it has no labels to score');
    if (!wanted.delete(id)) throw new Error(`sequence ${id} is not open`);
    send({ type: 'scored', id, probabilities: await scorer.score(id) });
  } catch (error) {
    send({ type: 'failed', id, failure: toFailure(error) });
  }
}

async function stream(session: GptSession, request: Extract<Request, { type: 'generate' }>): Promise<void> {
  const { id, prompt, options } = request;
  if (!wanted.has(id)) return;
  try {
    for await (const token of generate(session, prompt, options)) {
      if (!wanted.has(id)) return;
      send({ type: 'token', id, token });
    }
    send({ type: 'generated', id });
  } catch (error) {
    send({ type: 'generated', id, failure: toFailure(error) });
  } finally {
    wanted.delete(id);
  }
}

async function start({ modelPath, shape, threads, task, device }: WorkerStart): Promise<void> {
  const startMs = performance.now();
  const session = await GptSession.load(modelPath, shape, threads, device);
  const loadedMs = performance.now();
  let scorer: LabelScorer | undefined;
  try {
    scorer = task && (await LabelScorer.create(session, task));
  } catch (error) {
    await session.release();
    throw error;
  }
  const prefixMs = performance.now() - loadedMs;
  let last: Promise<void> = Promise.resolve();
  port.on('message', (request: Request) => {
    if (request.type === 'open' || request.type === 'generate') wanted.add(request.id);
    if (request.type === 'discard') wanted.delete(request.id);
    last = last.then(() => serve(session, scorer, request));
  });
  const loadTimes = { sessionMs: loadedMs - startMs, prefixMs };
  send({ type: 'ready', loadTimes });
}

try {
  await start(workerData as WorkerStart);
} catch (error) {
  send({ type: 'unusable', failure: toFailure(error) });
  port.close();
}
