import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { TrainingDisplay } from '../../../trainer/commands/training-display.ts';

/** A terminal, and the lines that stand on it. */
function terminal(columns: number) {
  let text = '';
  const sink = { isTTY: true, columns, write: (more: string) => (text += more) };
  const lines = () =>
    text.split('\n').map((line) => stripVTControlCharacters(line.split('\r').at(-1)!).trimEnd());
  return { display: new TrainingDisplay(sink), lines };
}

const HALFWAY = expect.stringMatching(/^━+ +finetune 50\/100 tokens {2}\d+\/s {2}\S.* left {2}loss 0\.412/);

it('says between the lines what is said while a model trains', () => {
  const { display, lines } = terminal(80);
  display.note('prepare: done');
  const watcher = display.watch();
  watcher.started({ totalTokens: 100, tokensDone: 0 });
  watcher.step({ step: 1, tokens: 50, lossNats: 0.412 });
  display.note('stopping: the same command goes on from here');
  watcher.ended();
  display.note('stopped');
  expect(lines()).toEqual([
    'prepare: done',
    'stopping: the same command goes on from here',
    HALFWAY,
    'stopped',
    '',
  ]);
});

it('shows how long it has waited for a better validation, and says when that ends it', () => {
  const { display, lines } = terminal(120);
  const watcher = display.watch();
  const result = { lossNats: 1, accuracy: 0.9, macroF1: 0.875 };
  watcher.started({ totalTokens: 9, tokensDone: 0 });
  watcher.validated({ ...result, step: 1 }, { waited: 0, patience: 2 });
  watcher.validated({ ...result, step: 2 }, { waited: 1, patience: 2 });
  watcher.step({ step: 3, tokens: 3, lossNats: 1 });
  watcher.validated({ ...result, step: 3 }, { waited: 2, patience: 2 });
  watcher.ended();
  expect(lines()[0]).toBe('finetune: ends at step 3, 2 validations after the best one');
  expect(lines()[1]).toMatch(/ best macro-F1 0\.8750 {2}waited 1 of 2$/);
});

it('smooths the loss, and shows the best validation so far', () => {
  const { display, lines } = terminal(120);
  const watcher = display.watch();
  watcher.started({ totalTokens: 9, tokensDone: 0 });
  watcher.step({ step: 1, tokens: 3, lossNats: 1 });
  watcher.validated({ step: 1, lossNats: 1, accuracy: 0.9, macroF1: 0.875 });
  watcher.validated({ step: 2, lossNats: 1, accuracy: 0.8, macroF1: 0.75 });
  watcher.step({ step: 2, tokens: 3, lossNats: 2 });
  watcher.ended();
  expect(lines()[0]).toMatch(/ loss 1\.020 {2}best macro-F1 0\.8750$/);
});
