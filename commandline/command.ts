/** One `tinyllm` command. A module under `<area>/commands/` exports it as `command`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands; no full stop. */
  readonly summary: string;
  /** Help text: the usage line, then every flag with its default. */
  readonly usage: string;
  /**
   * Runs to completion: every timer, socket and worker is gone when it resolves, as nothing else ends the process.
   *
   * @param argv what follows the command's name
   * @returns the exit status, 0 when void
   * @throws TinyError what a person can fix; anything else is reported as a bug
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: an async function without a return is the usual case
  run(argv: readonly string[]): Promise<number | void>;
}

/** A row of the table in `cli.ts`: enough to list a command without loading it. */
export interface CommandEntry {
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** Commands by name, in the order help lists them. */
export type CommandTable = Readonly<Record<string, CommandEntry>>;
