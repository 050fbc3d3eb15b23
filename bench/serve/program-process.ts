import { LlamaProgram } from './llama-program.ts';
import { OurProgram } from './our-program.ts';
import type { Call, Program, Which } from './program.ts';

// A process with one of the two programs in it: first its name, then calls, each answered by what it returned.

const PROGRAMS: Readonly<Record<Which, () => Program>> = {
  tinyllm: () => new OurProgram(),
  'llama.cpp': () => new LlamaProgram(),
};

let program: Program | undefined;

process.on('message', async (message: Which | Call) => {
  if (typeof message === 'string') {
    program = PROGRAMS[message]();
    process.send!({ value: null });
    return;
  }
  const { method, args } = message;
  const value = await (program![method] as (...given: unknown[]) => Promise<unknown>)(...args);
  process.send!({ value: value ?? null });
});
