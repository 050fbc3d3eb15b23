import { parentPort, workerData } from 'node:worker_threads';
import { toFailure } from './failure.ts';
import { Generations } from './generations.ts';
import { GptSession } from './gpt-session.ts';
import { FIRST_TASK, type Reply, type Request, type StartReply, type WorkerStart } from './messages.ts';
import { TaskScorers, withAdapter } from './task-scorers.ts';
import { WorkLoop } from './work-loop.ts';

// `session.run` is synchronous inside and fires no timer on its thread for as long as it takes: the
// model lives here, so that sockets and timers of the agent never wait for it.

const port = parentPort!;
const send = (reply: StartReply | Reply): void => port.postMessage(reply);

async function start({ modelPath, shape, threads, device, generation, ...own }: WorkerStart): Promise<void> {
  const startMs = performance.now();
  const session = await GptSession.load(modelPath, shape, threads, device);
  const loadedMs = performance.now();
  const tasks = new TaskScorers(session);
  let generations: Generations;
  try {
    const { task, ...adapter } = own;
    generations = new Generations(await withAdapter(session, adapter.adapterPath), generation);
    if (task) await tasks.add(FIRST_TASK, { task, ...adapter });
  } catch (error) {
    await session.release();
    throw error;
  }
  const prefixMs = performance.now() - loadedMs;
  const loop = new WorkLoop({ tasks, generations }, send, async () => {
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
