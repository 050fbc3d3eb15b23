import { PinnedProcess } from '../pinned-process.ts';
import type { Call, Program, Result, Which } from './program.ts';

/** A program in a process of its own. */
export class RemoteProgram {
  readonly #process: PinnedProcess;

  private constructor(process: PinnedProcess) {
    this.#process = process;
  }

  /** @param cores as many as the program has threads */
  static async start(which: Which, cores: string): Promise<RemoteProgram> {
    const process = new PinnedProcess('serve/program-process', cores);
    await process.ask(which);
    return new RemoteProgram(process);
  }

  async ask<Method extends keyof Program>(
    method: Method,
    ...args: Parameters<Program[Method]>
  ): Promise<Awaited<ReturnType<Program[Method]>>> {
    const { value } = await this.#process.ask<Result>({ method, args } as Call);
    return value as Awaited<ReturnType<Program[Method]>>;
  }

  end(): Promise<void> {
    return this.#process.end();
  }
}
