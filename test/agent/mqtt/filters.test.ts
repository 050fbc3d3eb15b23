import fc from 'fast-check';
import { expect, it } from 'vitest';
import { covers, isTopicFilter, matches } from '../../../agent/mqtt/filters.ts';

/** The examples of MQTT 3.1.1, section 4.7.1. */
it.each([
  ['sport/tennis/player1/#', 'sport/tennis/player1', true],
  ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
  ['sport/tennis/player1/#', 'sport/tennis/player2', false],
  ['#', 'sport', true],
  ['sport/tennis/+', 'sport/tennis/player1', true],
  ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
  ['sport/+', 'sport', false],
  ['sport/+', 'sport/', true],
  ['+/+', '/finance', true],
  ['+', '/finance', false],
  ['sport', 'sport/tennis', false],
])('the filter %s and the topic %s: %s', (filter, topic, expected) => {
  expect(matches(filter, topic)).toBe(expected);
});

it('a filter matches the topics that it covers, and no others', () => {
  const level = fc.constantFrom('', 'a', 'ab', '$b');
  const levels = (of: fc.Arbitrary<string>) => fc.array(of, { minLength: 1, maxLength: 4 });
  const filter = fc
    .tuple(levels(fc.oneof(level, fc.constant('+'))), fc.constantFrom('', '/#'))
    .map(([path, end]) => path.join('/') + end);
  const topic = levels(level).map((path) => path.join('/'));
  fc.assert(
    fc.property(filter, topic, (one, other) => matches(one, other) === covers(one, other)),
    {
      numRuns: 2000,
    },
  );
});

it.each([
  ['#', 'a/b/#', true],
  ['a/#', 'a/+/c', true],
  ['a/+', 'a/#', false],
  ['a/+', 'a/+', true],
  ['a/b', 'a/+', false],
  ['+/b', 'a/b', true],
  ['a/#', 'a', true],
  ['#', '$SYS/x', false],
  ['+/x', '$SYS/x', false],
  ['$SYS/#', '$SYS/x', true],
])('the filter %s lets through all that %s lets through: %s', (wide, narrow, expected) => {
  expect(covers(wide, narrow)).toBe(expected);
});

it.each([
  ['a/+/b', true],
  ['#', true],
  ['a/#/b', false],
  ['a+', false],
  ['a/b#', false],
  ['', false],
  ['a\0b', false],
  ['x'.repeat(65_536), false],
])('%j is a filter: %s', (text, expected) => {
  expect(isTopicFilter(text)).toBe(expected);
});
