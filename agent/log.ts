import { palette, type TextSink } from '../commandline/terminal.ts';

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Where the agent says what it does. Passed down, never global. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  /** Something was refused or lost; the agent goes on. */
  warn(message: string, fields?: LogFields): void;
  /** Something does not work until a person acts. */
  error(message: string, fields?: LogFields): void;
}

type Level = keyof Log;

/** One line a message for people: `06:41:07 warn wrist-01 sends accel.x in "foo" board=wrist-01`. */
export function humanLog(sink: TextSink, now: () => Date = () => new Date()): Log {
  const { dim, yellow, red } = palette(sink);
  const name: Record<Level, string> = { info: 'info', warn: yellow('warn'), error: red('error') };
  return logTo((level, message, fields) => {
    const details = Object.entries(fields).map(([key, value]) => ` ${key}=${value}`);
    sink.write(
      `${dim(now().toTimeString().slice(0, 8))} ${name[level]} ${oneLine(message)}${dim(oneLine(details.join('')))}\n`,
    );
  });
}

/** One JSON object a line: `{"ts": .., "level": "warn", "message": "..", ..fields}`; `ts` in epoch milliseconds. */
export function jsonLog(sink: TextSink, nowMs: () => number = Date.now): Log {
  return logTo((level, message, fields) => {
    sink.write(`${JSON.stringify({ ts: nowMs(), level, message, ...fields })}\n`);
  });
}

const LEVELS: readonly Level[] = ['info', 'warn', 'error'];

/** What is told at `least`, asked anew for each message, and above it. */
export const fromLevel = (log: Log, least: () => Level): Log =>
  logTo((level, message, fields) => {
    if (LEVELS.indexOf(level) >= LEVELS.indexOf(least())) log[level](message, fields);
  });

/** Says nothing. */
export const silentLog: Log = logTo(() => {});

function logTo(write: (level: Level, message: string, fields: LogFields) => void): Log {
  return {
    info: (message, fields = {}) => write('info', message, fields),
    warn: (message, fields = {}) => write('warn', message, fields),
    error: (message, fields = {}) => write('error', message, fields),
  };
}

/**
 * What others sent may stand in a message or a field: it must not be able to write lines or terminal codes of its own
 * (control characters), nor to turn the line around (U+202E and its like).
 */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ');
