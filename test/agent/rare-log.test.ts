import { expect, it } from 'vitest';
import { type Log, type LogFields, silentLog } from '../../agent/log.ts';
import { RareLog } from '../../agent/rare-log.ts';

function rig() {
  const told: (readonly [string, LogFields | undefined])[] = [];
  const log: Log = { ...silentLog, warn: (message, fields) => void told.push([message, fields]) };
  let nowMs = 0;
  const rareLog = new RareLog(log, () => nowMs);
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { told, rareLog, pass };
}

it('says a kind once a minute, with how many there were more', () => {
  const { told, rareLog, pass } = rig();
  for (let i = 0; i < 5; i++) rareLog.warn('desk', 'bad');
  expect(told).toEqual([['bad', {}]]);
  pass(60_000);
  rareLog.warn('desk', 'bad');
  expect(told[1]).toEqual(['bad', { more: 4 }]);
});

it('lets kinds beyond a thousand a minute share one entry, and those of later have one of their own', () => {
  const { told, rareLog, pass } = rig();
  for (let i = 0; i < 3000; i++) rareLog.warn(`stranger-${i}`, 'made up');
  expect(told).toHaveLength(1001);
  pass(60_000);
  rareLog.warn('desk', 'bad');
  rareLog.warn('door', 'bad');
  rareLog.warn('desk', 'bad');
  expect(told).toHaveLength(1003);
});
