import { setImmediate as nextTurn } from 'node:timers/promises';
import { toFailure } from './failure.ts';
import type { Generations } from './generations.ts';
import type { LabelScorer } from './label-scorer.ts';
import type { Reply, Request } from './messages.ts';
import { type Job, mostUrgent } from './schedule.ts';

type Generation = Extract<Request, { type: 'generate' }>;

/** What a loaded model can be asked for. */
export interface Uses {
  /** Absent where the model was started without a task. */
  readonly scorer: LabelScorer | undefined;
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
  /** Answers that are waited for, by sequence: which number they have in the order of asking. */
  readonly #scores = new Map<number, { readonly asked: number }>();
  readonly #texts = new Map<number, AsyncGenerator<number>>();
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
      const job = mostUrgent(this.#jobs());
      if (!job) break;
      await this.#do(job);
    }
    this.#isWorking = false;
    if (this.#isClosing) await this.#end();
  }

  *#jobs(): Generator<Job> {
    for (const [id, { asked }] of this.#scores) {
      yield { kind: 'score', id, deadlineMs: Number.POSITIVE_INFINITY, asked };
    }
    for (const { sequence, toCome } of this.#isClosing ? [] : (this.#uses.scorer?.readable() ?? [])) {
      yield { kind: 'chunk', id: sequence, toCome };
    }
    // One text after the other: the next may begin like the one before it.
    const [text] = this.#texts.keys();
    if (text !== undefined) yield { kind: 'token', id: text };
  }

  async #take(request: Request): Promise<void> {
    if (this.#isClosing) return;
    const { scorer } = this.#uses;
    switch (request.type) {
      case 'open':
        scorer?.open(request.id);
        break;
      case 'push':
        scorer?.push(request.id, request.tokens);
        break;
      case 'score':
        this.#ask(request.id);
        break;
      case 'generate':
        this.#texts.set(request.id, this.#begin(request));
        break;
      case 'discard':
        await this.#discard(request.id);
        break;
      case 'close':
        this.#isClosing = true;
    }
  }

  #ask(id: number): void {
    try {
      const { scorer } = this.#uses;
      if (!scorer) throw new Error('this model was started without a task: it has no labels to score');
      scorer.complete(id);
      this.#scores.set(id, { asked: this.#asked++ });
    } catch (error) {
      this.#send({ type: 'failed', id, failure: toFailure(error) });
    }
  }

  /** Whatever is wrong with the request is told when its first token is asked for. */
  async *#begin({ prompt, options }: Generation): AsyncGenerator<number> {
    yield* this.#uses.generations.next(prompt, options);
  }

  async #discard(id: number): Promise<void> {
    this.#uses.scorer?.discard(id);
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

  async #do(job: Job): Promise<void> {
    switch (job.kind) {
      case 'score':
        await this.#advance(job.id);
        break;
      case 'chunk':
        await this.#uses.scorer!.read(job.id);
        break;
      case 'token':
        await this.#draw(job.id);
    }
  }

  async #advance(id: number): Promise<void> {
    try {
      const probabilities = await this.#uses.scorer!.advance(id);
      if (!probabilities) return;
      this.#scores.delete(id);
      this.#send({ type: 'scored', id, probabilities });
    } catch (error) {
      this.#scores.delete(id);
      this.#send({ type: 'failed', id, failure: toFailure(error) });
    }
  }

  async #draw(id: number): Promise<void> {
    try {
      const { done, value: token } = await this.#texts.get(id)!.next();
      if (!done) return this.#send({ type: 'token', id, token });
      this.#texts.delete(id);
      this.#send({ type: 'generated', id });
    } catch (error) {
      this.#texts.delete(id);
      this.#send({ type: 'generated', id, failure: toFailure(error) });
    }
  }
}
