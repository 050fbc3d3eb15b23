import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Interrupted, untilInterrupted } from '../../commandline/interrupt.ts';

describe('untilInterrupted', () => {
  it('leaves no listener behind', async () => {
    const before = process.listenerCount('SIGINT');
    await untilInterrupted(async () => expect(process.listenerCount('SIGINT')).toBe(before + 1));
    await expect(untilInterrupted(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(process.listenerCount('SIGINT')).toBe(before);
  });

  it('aborts on the first SIGINT and lets the work finish', async () => {
    const { child, output } = await workingChild('finishes');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(output()).toBe('working\nstopped by SIGINT\nfinished\n');
  });

  it('dies on the second', async () => {
    const { child, output } = await workingChild('hangs');
    child.kill('SIGTERM');
    while (!output().includes('stopped')) await once(child.stdout!, 'data');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([null, 'SIGINT']);
  });

  it('gives the reason as an error', () => {
    expect(new Interrupted('SIGTERM')).toMatchObject({ name: 'Interrupted', signal: 'SIGTERM' });
  });
});

/** A process that works under `untilInterrupted`; when told to stop it finishes, or hangs. */
async function workingChild(
  then: 'finishes' | 'hangs',
): Promise<{ child: ChildProcess; output: () => string }> {
  const module = new URL('../../commandline/interrupt.ts', import.meta.url).href;
  const script = `
    const { untilInterrupted } = await import(${JSON.stringify(module)});
    await untilInterrupted((signal) => new Promise((resolve) => {
      const alive = setInterval(() => {}, 1000);
      signal.addEventListener('abort', () => {
        console.log(signal.reason.message);
        if (${then === 'finishes'}) { clearInterval(alive); resolve(); }
      });
      console.log('working');
    }));
    console.log('finished');`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  while (!text.includes('working')) await once(child.stdout, 'data');
  return { child, output: () => text };
}
