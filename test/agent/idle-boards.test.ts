import { Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BoardAvailability } from '../../agent/availability.ts';
import { BoardLimit } from '../../agent/board-limit.ts';
import { idleBoards } from '../../agent/idle-boards.ts';

describe('idle boards', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const listen = (afterMs: number) => {
    const changes$ = new Subject<BoardAvailability>();
    const released$ = new Subject<string>();
    const idle: string[] = [];
    const subscription = changes$
      .pipe(idleBoards(() => afterMs, released$))
      .subscribe((board) => idle.push(board));
    const say = (board: string, state: BoardAvailability['state']) => changes$.next({ board, state });
    return { say, idle, changes$, released$, subscription };
  };

  it('are told once, when they have been offline for so long', () => {
    const { say, idle } = listen(8000);
    for (const board of ['wrist', 'hall']) say(board, 'online');
    say('wrist', 'offline');
    vi.advanceTimersByTime(5000);
    say('hall', 'offline');
    expect(idle).toEqual([]);
    vi.advanceTimersByTime(4000);
    expect(idle).toEqual(['wrist']);
    vi.advanceTimersByTime(60_000);
    expect(idle).toEqual(['wrist', 'hall']);
  });

  it('are told again when they came back in between, and not when they come back in time', () => {
    const { say, idle } = listen(8000);
    for (let time = 0; time < 2; time++) {
      say('wrist', 'online');
      say('wrist', 'offline');
      vi.advanceTimersByTime(10_000);
    }
    say('wrist', 'offline');
    vi.advanceTimersByTime(5000);
    say('wrist', 'online');
    vi.advanceTimersByTime(60_000);
    expect(idle).toEqual(['wrist', 'wrist']);
  });

  it('are told without delay where none is left', () => {
    const { say, idle } = listen(-1000);
    say('wrist', 'offline');
    vi.advanceTimersByTime(2);
    expect(idle).toEqual(['wrist']);
  });

  it('are not told of when another agent has taken them over', () => {
    const { say, idle, released$ } = listen(8000);
    say('wrist', 'offline');
    released$.next('wrist');
    vi.advanceTimersByTime(60_000);
    expect(idle).toEqual([]);
  });

  it('keep no timer when nobody listens any more', () => {
    const { say, changes$ } = listen(8000);
    say('wrist', 'offline');
    expect(vi.getTimerCount()).toBe(1);
    changes$.complete();
    expect(vi.getTimerCount()).toBe(0);
    const other = listen(8000);
    other.say('wrist', 'offline');
    other.subscription.unsubscribe();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the limit of boards', () => {
  it('lets so many in, and another for each that is forgotten', () => {
    const limit = new BoardLimit(2);
    expect(['a', 'b', 'c', 'a'].map((board) => limit.admits(board))).toEqual([true, true, false, true]);
    limit.forget('a');
    expect(['c', 'a', 'b'].map((board) => limit.admits(board))).toEqual([true, false, true]);
  });
});
