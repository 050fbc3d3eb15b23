import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TinyError } from '../protocols/errors.ts';

/** Another process, pinned to cores, to which one speaks in messages: each is answered by one. */
export class PinnedProcess {
  readonly #process: ChildProcess;

  /**
   * @param module its path from this folder, without extension: `agent/subject`
   * @param cores as taskset takes them: `0`, or `0,1`
   */
  constructor(module: string, cores: string) {
    const script = fileURLToPath(new URL(`${module}${extname(import.meta.url)}`, import.meta.url));
    this.#process = spawn('taskset', ['-c', cores, process.execPath, script], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  async ask<Reply>(message: object | string): Promise<Reply> {
    const gone = new AbortController();
    const ended = once(this.#process, 'exit', gone).then(([code]) => {
      throw new TinyError(`a process of the bench ended with ${code}`, 'its last words stand above');
    });
    const reply = once(this.#process, 'message', gone);
    this.#process.send(message);
    try {
      const [answer] = (await Promise.race([reply, ended])) as [Reply];
      return answer;
    } finally {
      for (const pending of [reply, ended]) pending.catch(() => {});
      gone.abort();
    }
  }

  /** What is not answered. */
  tell(message: object): void {
    this.#process.send(message);
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }
}
