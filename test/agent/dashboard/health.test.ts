import { expect, it } from 'vitest';

/** The page is plain JavaScript: read as the browser reads it. */
const { troublesOf } = (await import(
  new URL('../../../agent/dashboard/page/health.js', import.meta.url).href
)) as { troublesOf: (health: object) => string[] };

it('names nothing where every window was answered in time', () => {
  const windows = { opened: 9, closed: 8, dropped: 0, missed: 0, failed: 0 };
  expect(troublesOf({ windows, missedDeadlines: 0, throttled: null })).toEqual([]);
});

it('names windows without an answer, late answers and a processor that is slowed down', () => {
  const windows = { opened: 9, closed: 8, dropped: 2, missed: 3, failed: 1 };
  expect(troublesOf({ windows, missedDeadlines: 1, throttled: true })).toEqual([
    '6 windows not answered',
    '1 answer later than windows come',
    'the processor is slowed down',
  ]);
});

it('passes by what an agent of another version does not tell, or tells otherwise', () => {
  expect(troublesOf({})).toEqual([]);
  expect(troublesOf({ windows: null, missedDeadlines: {}, throttled: 'yes' })).toEqual([]);
  expect(troublesOf({ windows: { missed: 'x', dropped: 1 } })).toEqual(['1 window not answered']);
});
