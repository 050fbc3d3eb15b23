import type { RandomStream } from '../../model/random.ts';

/** When rows of boards become known, and of which window they are. */
export interface RowDue {
  readonly dueMs: number;
  readonly board: number;
  /** Counted from the board's first. */
  readonly window: number;
  /** Its place in the window. */
  readonly row: number;
}

export interface Boards {
  readonly boards: number;
  /** Of each board; each begins where the one before ended. */
  readonly windows: number;
  readonly windowRows: number;
  readonly rowMs: number;
}

/** All rows in time order. Each board is switched on at a random moment of the first window. */
export function timetable({ boards, windows, windowRows, rowMs }: Boards, random: RandomStream): RowDue[] {
  const due: RowDue[] = [];
  for (let board = 0; board < boards; board++) {
    const phaseMs = random.uniform() * windowRows * rowMs;
    for (let n = 0; n < windows * windowRows; n++) {
      due.push({
        dueMs: phaseMs + n * rowMs,
        board,
        window: Math.floor(n / windowRows),
        row: n % windowRows,
      });
    }
  }
  return due.sort((a, b) => a.dueMs - b.dueMs);
}
