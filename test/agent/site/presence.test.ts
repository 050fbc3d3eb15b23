import { BehaviorSubject, filter, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { MqttMessage } from '../../../agent/mqtt/client.ts';
import { matches } from '../../../agent/mqtt/filters.ts';
import { members } from '../../../agent/site/presence.ts';
import { Topics } from '../../../protocols/topics.ts';

const topics = new Topics('lab');

/** What the agent `hub`, which shares boards in the group `g` and the task `t`, takes for the members. */
function watch() {
  const arriving = new Subject<MqttMessage>();
  const connected$ = new BehaviorSubject(true);
  const link = {
    messages$: (wanted: string) => arriving.pipe(filter(({ topic }) => matches(wanted, topic))),
    connected$,
  };
  let now: string[] = [];
  members(link, topics, 'hub', { group: 'g', tasks: ['t'] }).subscribe((present) => {
    now = [...present].sort();
  });
  const hear = (topic: string, payload: unknown, retained = false) => {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    arriving.next({ topic, payload: Buffer.from(text), retained, arrivalMs: 0 });
    return now;
  };
  const join = (agent: string, info: object = { task: 't', share: 'g' }, retained = false) => {
    hear(topics.info(agent), { agent, ...info }, retained);
    return hear(topics.state(agent), { state: 'online' }, retained);
  };
  return { hear, join, connected$, now: () => now };
}

describe('the members of a group', () => {
  it('are online, of the group and of the task', () => {
    const { join } = watch();
    join('attic', undefined, true);
    join('alone', { task: 't' });
    join('elsewhere', { task: 't', share: 'other' });
    expect(join('tasked', { task: 'u', share: 'g' })).toEqual(['attic']);
    expect(join('cellar')).toEqual(['attic', 'cellar']);
  });

  it('leave with their state or with their word', () => {
    const { join, hear } = watch();
    join('attic');
    join('cellar');
    join('hall');
    join('shed');
    expect(hear(topics.state('attic'), { state: 'offline' })).toEqual(['cellar', 'hall', 'shed']);
    expect(hear(topics.state('cellar'), { state: 'stopped' })).toEqual(['hall', 'shed']);
    expect(hear(topics.info('hall'), { task: 't' })).toEqual(['shed']);
    expect(hear(topics.state('shed'), '')).toEqual([]);
    expect(hear(topics.state('attic'), { state: 'online' })).toEqual(['attic']);
  });

  it('include oneself when the broker has passed on that one joined, not by what it kept from before', () => {
    const { join, hear } = watch();
    expect(join('hub', undefined, true)).toEqual([]);
    expect(hear(topics.info('hub'), { task: 't', share: 'g' })).toEqual(['hub']);
  });

  it('are nobody while the connection is lost', () => {
    const { join, connected$, now } = watch();
    join('attic');
    join('hub');
    connected$.next(false);
    expect(now()).toEqual([]);
    connected$.next(true);
    expect(now()).toEqual([]);
    expect(join('attic', undefined, true)).toEqual(['attic']);
  });

  it('are not made up by nonsense', () => {
    const { hear, join } = watch();
    for (const nonsense of ['{', 'null', '[]', '"online"', '{"state":1}', '{"share":"g"}']) {
      hear(topics.state('x'), nonsense);
      expect(hear(topics.info('x'), nonsense)).toEqual([]);
    }
    for (let i = 0; i < 300; i++) join(`stranger-${i}`, { task: 'u' });
    expect(join('late')).toEqual([]);
  });
});
