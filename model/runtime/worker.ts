import { parentPort, workerData } from 'node:worker_threads';
import { toFailure } from './failure.ts';
import { generate } from './generator.ts';
import { GptSession } from './gpt-session.ts';
import { LabelScorer } from './label-scorer.ts';
import type { Reply, Request, WorkerStart } from './messages.ts';

// `session.run` is synchronous inside and fires no timer on its thread for as long as it takes: the
// model lives here, so that sockets and timers of the agent never wait for it.

const port = parentPort!;
const send = (reply: Reply): void => port.postMessage(reply);

/** Generations asked for, neither finished nor cancelled. */
const wanted = new Set<number>();

async function serve(session: GptSession, scorer: LabelScorer | undefined, request: Request): Promise<void> {
  switch (request.type) {
    case 'open':
      scorer?.open(request.sequence);
      break;
    case 'push':
      await scorer?.push(request.sequence, request.tokens);
      break;
    case 'score':
      await score(scorer, request.sequence);
      break;
    case 'discard':
      scorer?.discard(request.sequence);
      break;
    case 'generate':
      await stream(session, request);
      break;
    case 'close':
      await session.release();
      port.close();
  }
}

async function score(scorer: LabelScorer | undefined, sequence: number): Promise<void> {
  try {
    if (!scorer) throw new Error('this model was started without a task: it has no labels to score');
    send({ type: 'scored', sequence, probabilities: await scorer.score(sequence) });
  } catch (error) {
    send({ type: 'failed', sequence, failure: toFailure(error) });
  }
}

async function stream(session: GptSession, request: Extract<Request, { type: 'generate' }>): Promise<void> {
  const { call, prompt, options } = request;
  if (!wanted.has(call)) return;
  try {
    for await (const token of generate(session, prompt, options)) {
      if (!wanted.has(call)) return;
      send({ type: 'token', call, token });
    }
    send({ type: 'generated', call });
  } catch (error) {
    send({ type: 'generated', call, failure: toFailure(error) });
  } finally {
    wanted.delete(call);
  }
}

async function start({ modelPath, shape, threads, task }: WorkerStart): Promise<void> {
  const session = await GptSession.load(modelPath, shape, threads);
  let scorer: LabelScorer | undefined;
  try {
    scorer = task && (await LabelScorer.create(session, task));
  } catch (error) {
    await session.release();
    throw error;
  }
  let last: Promise<void> = Promise.resolve();
  port.on('message', (request: Request) => {
    if (request.type === 'cancel') {
      wanted.delete(request.call);
      return;
    }
    if (request.type === 'generate') wanted.add(request.call);
    last = last.then(() => serve(session, scorer, request));
  });
  send({ type: 'ready' });
}

try {
  await start(workerData as WorkerStart);
} catch (error) {
  send({ type: 'unusable', failure: toFailure(error) });
  port.close();
}
