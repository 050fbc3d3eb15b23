import { parentPort, workerData } from 'node:worker_threads';
import { toFailure } from './failure.ts';
import { Generations } from './generations.ts';
import { GptSession } from './gpt-session.ts';
import { LabelScorer } from './label-scorer.ts';
import type { Reply, Request, StartReply, WorkerStart } from './messages.ts';
import { WorkLoop } from './work-loop.ts';

// `session.run` is synchronous inside and fires no timer on its thread for as long as it takes: the
// model lives here, so that sockets and timers of the agent never wait for it.

const port = parentPort!;
const send = (reply: StartReply | Reply): void => port.postMessage(reply);

async function start({ modelPath, shape, threads, task, device, generation }: WorkerStart): Promise<void> {
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
  const loop = new WorkLoop({ scorer, generations: new Generations(session, generation) }, send, async () => {
    await session.release();
    port.close();
  });
  port.on('message', (request: Request) => loop.receive(request));
  const loadTimes = { sessionMs: loadedMs - startMs, prefixMs };
  send({ type: 'ready', loadTimes });
}

try {
  await start(workerData as WorkerStart);
} catch (error) {
  send({ type: 'unusable', failure: toFailure(error) });
  port.close();
}
