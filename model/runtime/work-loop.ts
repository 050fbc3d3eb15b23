import { setImmediate as nextTurn } from 'node:timers/promises';
import { steadyMs } from './deadline.ts';
import { toFailure } from './failure.ts';
import type { Generations } from './generations.ts';
import type { Likelihood } from './likelihoods.ts';
import type { Reply, Request } from './messages.ts';
import { RunSpeed } from './run-speed.ts';
import { type Job, mostUrgent } from './schedule.ts';
import type { TaskOfModel, TaskScorers } from './task-scorers.ts';

type Score = Extract<Request, { type: 'score' }>;
type Generation = Extract<Request, { type: 'generate' }>;
type Foretelling = Extract<Request, { type: 'likelihoods' }>;

/** What a loaded model can be asked for. */
export interface Uses {
  readonly tasks: TaskScorers;
  readonly generations: Generations;
}

/**
 * The work of one model: between two runs it hears what was sent meanwhile, then does what is most urgent (schedule.ts).
 * Nothing is taken back in the middle of a run.
 */
export class WorkLoop {
  readonly #uses: Uses;
  readonly #send: (reply: Reply) => void;
  readonly #end: () => Promise<void>;
  readonly #inbox: Request[] = [];
  /** Answers that are waited for, by sequence, in the order of asking. */
  readonly #scores = new Map<number, { readonly deadlineMs: number; readonly asked: number }>();
  /** Texts that are written or judged, by their replies: nothing between two runs of the model. */
  readonly #texts = new Map<number, AsyncGenerator<Reply | undefined>>();
  readonly #speed = new RunSpeed();
  #asked = 0;
  #isWorking = false;
  #isClosing = false;

  /** @param end called when all is done that was asked for before `close` */
  constructor(uses: Uses, send: (reply: Reply) => void, end: () => Promise<void>) {
    this.#uses = uses;
    this.#send = send;
    this.#end = end;
  }

  receive(request: Request): void {
    this.#inbox.push(request);
    if (!this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (;;) {
      await nextTurn(); // messages that came during the last run are delivered now
      for (const request of this.#inbox.splice(0)) await this.#take(request);
      this.#giveUpHopeless();
      const job = mostUrgent(this.#jobs());
      if (job) await this.#do(job);
      // An adapter that is read from its file leaves time for requests to come.
      else if (this.#inbox.length === 0) break;
    }
    this.#isWorking = false;
    if (this.#isClosing) await this.#end();
  }

  *#jobs(): Generator<Job> {
    for (const [id, score] of this.#scores) yield { kind: 'score', id, ...score };
    for (const { sequence, toCome } of this.#isClosing ? [] : this.#uses.tasks.readable()) {
      yield { kind: 'chunk', id: sequence, toCome };
    }
    // One text after the other: the next may begin like the one before it.
    const [text] = this.#texts.keys();
    if (text !== undefined) yield { kind: 'token', id: text };
  }

  async #take(request: Request): Promise<void> {
    // What nobody waits for does not hold up the end.
    if (this.#isClosing && request.type !== 'discard') return;
    const { tasks } = this.#uses;
    switch (request.type) {
      case 'add':
        await this.#add(request.id, request);
        break;
      case 'remove':
        tasks.remove(request.id);
        break;
      case 'open':
        tasks.open(request.task, request.id);
        break;
      case 'push':
        tasks.push(request.id, request.tokens);
        break;
      case 'score':
        this.#ask(request);
        break;
      case 'generate':
        this.#texts.set(request.id, this.#write(request));
        break;
      case 'likelihoods':
        this.#texts.set(request.id, this.#foretell(request));
        break;
      case 'discard':
        await this.#discard(request.id);
        break;
      case 'close':
        this.#isClosing = true;
    }
  }

  async #add(id: number, task: TaskOfModel): Promise<void> {
    try {
      await this.#uses.tasks.add(id, task);
      this.#send({ type: 'added', id });
    } catch (error) {
      this.#send({ type: 'added', id, failure: toFailure(error) });
    }
  }

  #ask({ id, deadlineMs = Number.POSITIVE_INFINITY }: Score): void {
    try {
      this.#uses.tasks.complete(id);
      this.#scores.set(id, { deadlineMs, asked: this.#asked++ });
    } catch (error) {
      this.#send({ type: 'failed', id, failure: toFailure(error) });
    }
  }

  /** Whatever is wrong with the request is told when its first token is asked for. */
  async *#write({ id, prompt, options }: Generation): AsyncGenerator<Reply> {
    try {
      for await (const token of this.#uses.generations.next(prompt, options))
        yield { type: 'token', id, token };
    } catch (error) {
      yield { type: 'generated', id, failure: toFailure(error) };
      return;
    }
    yield { type: 'generated', id };
  }

  async *#foretell({ id, context, continuations }: Foretelling): AsyncGenerator<Reply | undefined> {
    const result: Likelihood[] = [];
    try {
      for await (const likelihood of this.#uses.generations.likelihoods(context, continuations)) {
        result.push(likelihood);
        yield undefined;
      }
    } catch (error) {
      yield { type: 'foretold', id, result: toFailure(error) };
      return;
    }
    yield { type: 'foretold', id, result };
  }

  async #discard(id: number): Promise<void> {
    this.#uses.tasks.discard(id);
    if (this.#scores.delete(id)) {
      this.#send({
        type: 'failed',
        id,
        failure: { message: `sequence ${id} is not open: it was discarded` },
      });
    }
    await this.#texts.get(id)?.return(undefined);
    this.#texts.delete(id);
  }

  /** What cannot be answered in time, though it were next, is not worked on any longer. */
  #giveUpHopeless(): void {
    const nowMs = steadyMs();
    for (const [id, { deadlineMs }] of this.#scores) {
      if (deadlineMs === Number.POSITIVE_INFINITY) continue;
      const { tasks } = this.#uses;
      const neededMs = this.#speed.estimateMs(tasks.rowsLeft(id));
      if (nowMs + neededMs <= deadlineMs) continue;
      this.#scores.delete(id);
      tasks.discard(id);
      this.#speed.gaveUp();
      this.#send({ type: 'missed', id });
    }
  }

  async #do(job: Job): Promise<void> {
    switch (job.kind) {
      case 'score':
        await this.#timed(() => this.#advance(job));
        break;
      case 'chunk':
        await this.#timed((tasks) => tasks.read(job.id));
        break;
      case 'token':
        await this.#goOn(job.id);
    }
  }

  async #timed(run: (tasks: TaskScorers) => Promise<void>): Promise<void> {
    const { tasks } = this.#uses;
    const rows = tasks.rows;
    const startMs = steadyMs();
    await run(tasks);
    this.#speed.observe(tasks.rows - rows, steadyMs() - startMs);
  }

  async #advance({ id, deadlineMs }: Extract<Job, { kind: 'score' }>): Promise<void> {
    try {
      const probabilities = await this.#uses.tasks.advance(id);
      if (!probabilities) return;
      this.#scores.delete(id);
      const isInTime = steadyMs() <= deadlineMs;
      this.#send(isInTime ? { type: 'scored', id, probabilities } : { type: 'missed', id });
    } catch (error) {
      this.#scores.delete(id);
      this.#send({ type: 'failed', id, failure: toFailure(error) });
    }
  }

  async #goOn(text: number): Promise<void> {
    const { done, value: reply } = await this.#texts.get(text)!.next();
    if (done) this.#texts.delete(text);
    else if (reply) this.#send(reply);
  }
}
