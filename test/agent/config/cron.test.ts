import { describe, expect, test } from 'vitest';
import { cronProblem } from '../../../agent/config/cron.ts';

describe('a cron expression', () => {
  test.each([
    '30 3 * * *',
    '*/5 * * * *',
    '0 22-2 * jan,jul mon-fri',
    '0 0 L * *',
    '*/10 0 0 * * *',
    '@daily',
  ])('%s is good', (expression) => {
    expect(cronProblem(expression)).toBeUndefined();
  });

  test.each([
    ['61 * * * *', '"61" is no minute: that takes 0 to 59, a list (1,2), a range (1-3) or a step (*/2)'],
    ['5 25 * * *', '"25" is no hour: that takes 0 to 23'],
    ['*/0 * * * *', '"*/0" is no minute'],
    ['0 0 32 * *', '"32" is no day of month: that takes 1 to 31, or L for the last'],
    ['0 0 * foo *', '"foo" is no month: that takes 1 to 12, or jan to dec'],
    ['0 0 * * 8', '"8" is no day of week: that takes 0 to 7 (0 and 7 are Sunday), or sun to sat'],
    ['0 0 * * 1.5', '"1.5" is no day of week'],
    ['1,,2 * * * *', '"1,,2" is no minute'],
    ['60 0 0 * * *', '"60" is no second: that takes 0 to 59'],
  ])('%s: the field that is wrong, and what it takes', (expression, problem) => {
    expect(cronProblem(expression)).toContain(problem);
  });

  test.each([
    ['* * * *', '"* * * *" has 4 fields; five are wanted: minute, hour, day of month, month, day of week'],
    ['hourly', '"hourly" has 1 field; five are wanted'],
    ['@nightly', '"@nightly" is no known short form'],
    ['  ', 'is empty; five are wanted'],
    ['0 0 31 2 *', '"0 0 31 2 *" never comes: no month that it names has such a day'],
    ['0 0 31 4,6 *', 'never comes'],
  ])('%s: what is wrong with the whole', (expression, problem) => {
    expect(cronProblem(expression)).toContain(problem);
  });
});
