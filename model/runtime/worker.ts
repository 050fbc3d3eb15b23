import { parentPort, workerData } from 'node:worker_threads';
import type { GptShape } from '../shape.ts';
import type { TokenDecoder } from './decoder/token-decoder.ts';
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

async function start({
  modelPath,
  shape,
  threads,
  device = 'cpu',
  generation,
  ...own
}: WorkerStart): Promise<void> {
  const startMs = performance.now();
  const session = await GptSession.load(modelPath, shape, threads, device);
  const loadedMs = performance.now();
  const tasks = new TaskScorers(session);
  let generations: Generations;
  try {
    const { task, ...adapter } = own;
    const isDecodable = device === 'cpu' && adapter.adapterPath === undefined;
    generations = new Generations(
      await withAdapter(session, adapter.adapterPath),
      generation,
      isDecodable ? () => loadDecoder(modelPath, shape) : undefined,
    );
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

/** Most models never write: the code comes with the first that does. */
async function loadDecoder(...model: [modelPath: string, shape: GptShape]): Promise<TokenDecoder> {
  const decoder = await import('./decoder/token-decoder.ts');
  return decoder.TokenDecoder.load(...model);
}

try {
  await start(workerData as WorkerStart);
} catch (error) {
  send({ type: 'unusable', failure: toFailure(error) });
  port.close();
}
