import { appendFile, readFile } from 'node:fs/promises';
import { writeWhole } from '../write-whole.ts';

/** One line of `log.jsonl`: a step or a validation. */
export type LogLine = { readonly step: number } & Readonly<Record<string, unknown>>;

/**
 * The JSON-lines log of a run. Lines are gathered and written with each checkpoint; when a run resumes, lines after its
 * checkpoint are cut off, so the log of an interrupted run is that of an unbroken one.
 */
export class TrainingLog {
  readonly #path: string;
  #lines: string[] = [];

  private constructor(path: string) {
    this.#path = path;
  }

  /** Keep what was logged up to `lastStep`. */
  static async open(path: string, lastStep: number): Promise<TrainingLog> {
    const old = await readFile(path, 'utf8').catch(() => '');
    const kept = old.split('\n').filter((line) => line.endsWith('}') && stepOf(line) <= lastStep);
    await writeWhole(path, kept.map((line) => `${line}\n`).join(''));
    return new TrainingLog(path);
  }

  add(line: LogLine): void {
    this.#lines.push(`${JSON.stringify(line)}\n`);
  }

  async flush(): Promise<void> {
    const lines = this.#lines;
    this.#lines = [];
    await appendFile(this.#path, lines.join(''));
  }
}

/** What a log says, in its order. A line that was torn by a kill is passed by. */
export const logLines = (text: string): LogLine[] =>
  text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as LogLine);

const stepOf = (line: string): number => (JSON.parse(line) as LogLine).step;
