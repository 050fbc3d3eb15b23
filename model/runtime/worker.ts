import { parentPort, workerData } from 'node:worker_threads';
import { TinyError } from '../../protocols/errors.ts';
import { generate } from './generator.ts';
import { GptSession } from './gpt-session.ts';
import { LabelScorer } from './label-scorer.ts';
import type { Reply, Request, WorkerStart } from './messages.ts';

// `session.run` is synchronous inside and fires no timer on its thread for as long as it takes: the
// model lives here, so that sockets and timers of the agent never wait for it.

const port = parentPort!;
const send = (reply: Reply): void => port.postMessage(reply);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The first thing that went wrong with a sequence; told when its score is asked for. */
const failures = new Map<number, string>();

async function serve(session: GptSession, scorer: LabelScorer | undefined, request: Request): Promise<void> {
  switch (request.type) {
    case 'open':
      scorer?.open(request.sequence);
      break;
    case 'push':
      await scorer?.push(request.sequence, request.tokens).catch((error: unknown) => {
        if (!failures.has(request.sequence)) failures.set(request.sequence, messageOf(error));
      });
      break;
    case 'score': {
      const { sequence } = request;
      try {
        const failure = failures.get(sequence);
        if (failure !== undefined) throw new Error(failure);
        if (!scorer) throw new Error('this model was started without a task: it has no labels to score');
        send({ type: 'scored', sequence, probabilities: await scorer.score(sequence) });
      } catch (error) {
        send({ type: 'failed', sequence, message: messageOf(error) });
        scorer?.discard(sequence);
      }
      failures.delete(sequence);
      break;
    }
    case 'discard':
      scorer?.discard(request.sequence);
      failures.delete(request.sequence);
      break;
    case 'generate': {
      const { call } = request;
      try {
        for await (const token of generate(session, request.prompt, request.options)) {
          send({ type: 'token', call, token });
        }
        send({ type: 'generated', call });
      } catch (error) {
        send({ type: 'generated', call, error: messageOf(error) });
      }
      break;
    }
    case 'close':
      await session.release();
      send({ type: 'closed' });
      port.close();
  }
}

try {
  const { modelPath, shape, threads, task } = workerData as WorkerStart;
  const session = await GptSession.load(modelPath, shape, threads);
  const scorer = task && (await LabelScorer.create(session, task));
  let last: Promise<void> = Promise.resolve();
  port.on('message', (request: Request) => {
    last = last.then(() => serve(session, scorer, request));
  });
  send({ type: 'ready' });
} catch (error) {
  const hint = error instanceof TinyError ? error.hint : undefined;
  send({ type: 'unusable', message: messageOf(error), hint });
  port.close();
}
