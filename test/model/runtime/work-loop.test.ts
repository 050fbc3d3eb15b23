import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import { steadyMs } from '../../../model/runtime/deadline.ts';
import { Generations } from '../../../model/runtime/generations.ts';
import type { GptSession } from '../../../model/runtime/gpt-session.ts';
import type { Reply, Request } from '../../../model/runtime/messages.ts';
import { TaskScorers } from '../../../model/runtime/task-scorers.ts';
import { WorkLoop } from '../../../model/runtime/work-loop.ts';
import { loadSession, modelFile, randomTokens, temporaryFolder } from './random-model.ts';

const folder = temporaryFolder();
const random = RandomStream.seeded(77);
const task = {
  prefix: randomTokens(4, random),
  completions: [7, 9].map((token) => ({ label: `label ${token}`, tokens: [token, 0] })),
};

let session: GptSession;
beforeAll(async () => {
  session = await loadSession(modelFile(folder));
});
afterAll(() => session.release());

let replies: Reply[];
let hasEnded: boolean;
let loop: WorkLoop;
beforeEach(() => {
  replies = [];
  hasEnded = false;
  const uses = { tasks: new TaskScorers(session), generations: new Generations(session) };
  const end = async (): Promise<void> => {
    hasEnded = true;
  };
  loop = new WorkLoop(uses, (reply) => void replies.push(reply), end);
});

const told = (): string[] => replies.map(({ type, id }) => `${type} ${id}`);

describe('what comes while a task is being added', () => {
  async function whileAdding(request: Request): Promise<void> {
    loop.receive({ type: 'add', id: 1, task, adapterPath: join(folder, 'absent') });
    await nextTurn(); // now the file is being looked for
    loop.receive(request);
  }

  it('is done, though there is nothing else to do', async () => {
    await whileAdding({ type: 'add', id: 2, task });
    await expect.poll(told).toEqual(['added 1', 'added 2']);
  });

  it('ends the work when it is the end', async () => {
    await whileAdding({ type: 'close' });
    await expect.poll(() => hasEnded).toBe(true);
  });
});

describe('a task that is removed', () => {
  it('leaves a score with a deadline unanswered, and the other tasks their model', async () => {
    loop.receive({ type: 'add', id: 1, task });
    loop.receive({ type: 'add', id: 2, task });
    for (const id of [1, 2]) {
      loop.receive({ type: 'open', id: 10 + id, task: id });
      loop.receive({ type: 'push', id: 10 + id, tokens: randomTokens(20, random) });
      loop.receive({ type: 'score', id: 10 + id, deadlineMs: steadyMs() + 60_000 });
    }
    loop.receive({ type: 'remove', id: 1 });
    await expect.poll(told).toEqual(['added 1', 'added 2', 'failed 11', 'scored 12']);
  });
});

describe('a text that nobody reads any more', () => {
  it('does not hold up the end', async () => {
    const options = { temperature: 0, maxTokens: 100, seed: 1, stopToken: -1 };
    loop.receive({ type: 'generate', id: 1, prompt: randomTokens(8, random), options });
    await expect.poll(told, { interval: 1 }).toContain('token 1');
    loop.receive({ type: 'close' });
    loop.receive({ type: 'discard', id: 1 });
    await expect.poll(() => hasEnded).toBe(true);
    expect(replies.length).toBeLessThan(100);
  });
});
