import fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { MqttMessage } from '../../../agent/mqtt/client.ts';
import { Ownership } from '../../../agent/site/ownership.ts';
import type { Members } from '../../../agent/site/presence.ts';
import { ownerOf } from '../../../agent/site/rendezvous.ts';
import type { BoardPrediction } from '../../../pipeline/predictions.ts';
import { Topics } from '../../../protocols/topics.ts';

const topics = new Topics('lab');
const AGENTS = ['attic', 'cellar', 'hall', 'shed'];
/** Of both pairs of agents below, `attic` owns the first and the other the second. */
const [HIS, OTHERS] = boardsOf('attic', 'cellar');

function boardsOf(one: string, other: string): [string, string] {
  const boards = Array.from({ length: 50 }, (_, i) => `wrist-${i}`);
  const of = (agent: string) => boards.find((board) => ownerOf(board, [one, other]) === agent)!;
  return [of(one), of(other)];
}

const reading = (board: string, arrivalMs = Date.now()): MqttMessage => ({
  topic: topics.readings(board),
  payload: new Uint8Array([1]),
  retained: false,
  arrivalMs,
});

/** One agent, the messages that it takes and the boards that it gives away. */
function agentNamed(agent: string, overlapMs = 0, maxBoards?: number) {
  const members$ = new Subject<Members>();
  const messages$ = new Subject<MqttMessage>();
  const ownership = new Ownership({ agent, topics, standbyMs: 60_000, overlapMs }, maxBoards);
  const taken: MqttMessage[] = [];
  const released: string[] = [];
  ownership.released$.subscribe((board) => released.push(board));
  messages$.pipe(ownership.mine(members$)).subscribe((message) => taken.push(message));
  const meet = (...agents: string[]) => members$.next(new Set(agents));
  return { ownership, taken, released, meet, hear: (message: MqttMessage) => messages$.next(message) };
}

const completeAt = (board: string, completeMs: number): BoardPrediction =>
  ({ board, prediction: { ts: completeMs + 5, latencyMs: 5 } }) as BoardPrediction;

describe('the boards of an agent', () => {
  it('are those of which it has the highest weight; of the others it keeps what they sent last', () => {
    const { meet, hear, taken, released, ownership } = agentNamed('attic');
    hear(reading(HIS));
    meet('attic', 'cellar');
    expect(taken).toHaveLength(1);
    hear(reading(HIS));
    hear(reading(OTHERS));
    expect(taken).toHaveLength(2);
    expect(ownership.notMine).toBe(2);

    meet('attic');
    expect(taken.map(({ topic }) => topic)).toEqual([HIS, HIS, OTHERS].map(topics.readings));
    meet('attic', 'cellar');
    expect(released).toEqual([OTHERS]);
  });

  it('are none without members, and what names no board is for everybody', () => {
    const { hear, taken } = agentNamed('attic');
    hear(reading(HIS));
    hear(reading('No Board'));
    expect(taken.map(({ topic }) => topic)).toEqual([topics.readings('No Board')]);
  });

  it('are told by it when a window was complete in its time, or just before where windows follow each other', () => {
    const { meet, hear, ownership } = agentNamed('attic', 400);
    meet('attic');
    const fromMs = Date.now();
    hear(reading(OTHERS, fromMs));
    expect(ownership.isOurs(completeAt(OTHERS, fromMs))).toBe(true);
    expect(ownership.isOurs(completeAt(OTHERS, fromMs - 400))).toBe(true);
    expect(ownership.isOurs(completeAt(OTHERS, fromMs - 401))).toBe(false);
    meet('attic', 'cellar');
    const toMs = Date.now();
    // Complete before it gave the board away, scored after.
    expect(ownership.isOurs(completeAt(OTHERS, fromMs))).toBe(true);
    expect(ownership.isOurs(completeAt(OTHERS, toMs + 1))).toBe(false);
  });

  it('are heard by exactly one of the agents that know each other, each reading once', () => {
    const change = fc.subarray(AGENTS, { minLength: 1 });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const site = new Map(AGENTS.map((agent) => [agent, agentNamed(agent)]));
        let sent = 0;
        for (const present of changes) {
          for (const [agent, { meet }] of site) meet(...(present.includes(agent) ? present : []));
          const before = [...site.values()].map(({ taken }) => taken.length);
          for (let i = 0; i < 10; i++)
            for (const { hear } of site.values()) hear(reading(`wrist-${i}`, sent));
          sent++;
          const after = [...site.values()].map(({ taken }, i) => taken.length - before[i]!);
          expect(after.reduce((sum, n) => sum + n)).toBe(10);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('are bounded: of made-up names, those of others are forgotten, then those heard longest ago', () => {
    const { meet, hear, taken, released } = agentNamed('attic', 0, 20);
    meet('attic', 'cellar');
    for (let i = 0; i < 200; i++) {
      hear(reading(HIS));
      hear(reading(`stranger-${i}`));
    }
    // What speaks all the time stays, whatever comes beside it.
    expect(taken.filter(({ topic }) => topic === topics.readings(HIS))).toHaveLength(200);
    expect(released).not.toContain(HIS);
    expect(released.length).toBeGreaterThan(20);
    // And who was forgotten is met again.
    const before = taken.length;
    hear(reading(released[0]!));
    expect(taken).toHaveLength(before + 1);
  });
});
