import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { REPOSITORY } from '../../tools.ts';

const PROGRAM = join(import.meta.dirname, 'agent.ts');

/** An agent in a process of its own, which may be killed. */
export class AgentProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  }

  /** Resolves when it runs. */
  static async start(config: string, stateDir: string): Promise<AgentProcess> {
    const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, config, stateDir], {
      cwd: REPOSITORY,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true, // Ctrl-C is for the campaign, which ends it.
    });
    const agent = new AgentProcess(child);
    await agent.#line();
    return agent;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    if (this.#hasEnded) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  /** Ends it in good order. @returns how many predictions it made */
  async stop(): Promise<number> {
    this.#child.kill('SIGINT');
    return (JSON.parse(await this.#line()) as { predictions: number }).predictions;
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the agent has ended');
    return value as string;
  }
}
