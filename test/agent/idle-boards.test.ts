import { Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BoardLimit } from '../../agent/board-limit.ts';
import { idleBoards } from '../../agent/idle-boards.ts';

describe('idle boards', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const listen = (afterMs: number) => {
    const readings$ = new Subject<{ board: string }>();
    const idle: string[] = [];
    const subscription = readings$.pipe(idleBoards(afterMs)).subscribe((board) => idle.push(board));
    return { say: (board: string) => readings$.next({ board }), idle, readings$, subscription };
  };

  it('are told once, when they have been silent for so long', () => {
    const { say, idle } = listen(8000);
    say('wrist');
    say('hall');
    vi.advanceTimersByTime(7000);
    say('hall');
    expect(idle).toEqual([]);
    vi.advanceTimersByTime(2000);
    expect(idle).toEqual(['wrist']);
    vi.advanceTimersByTime(60_000);
    expect(idle).toEqual(['wrist', 'hall']);
  });

  it('are told again when they came back in between', () => {
    const { say, idle } = listen(8000);
    say('wrist');
    vi.advanceTimersByTime(10_000);
    say('wrist');
    vi.advanceTimersByTime(10_000);
    expect(idle).toEqual(['wrist', 'wrist']);
  });

  it('keep no timer when nobody listens any more', () => {
    const { readings$ } = listen(8000);
    expect(vi.getTimerCount()).toBe(1);
    readings$.complete();
    expect(vi.getTimerCount()).toBe(0);
    listen(8000).subscription.unsubscribe();
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
