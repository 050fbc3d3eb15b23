import { expect, it } from 'vitest';
import { PREFIX_TOKENS, WINDOW_TOKENS } from '../../../bench/serve/task.ts';
import { taskTokens } from '../../../bench/serve/task-tokens.ts';

const { prefix, windows, rowTokens, toTell } = taskTokens();

it('the task is what the bench says that it measures: a prefix of 60 tokens and windows of 256', () => {
  expect(prefix).toHaveLength(PREFIX_TOKENS);
  for (const window of windows) expect(window).toHaveLength(WINDOW_TOKENS);
  expect(rowTokens.reduce((sum, tokens) => sum + tokens)).toBe(WINDOW_TOKENS);
});

it('every second label takes one more token to tell, so that two in a row cost what any two do', () => {
  expect(toTell.map(({ length }) => length)).toEqual([1, 0, 1, 0, 1, 0]);
});
