import { createTask } from 'node-cron';

/** The fields of a cron expression, as crontab(5) orders them. */
const FIELDS = [
  { name: 'minute', takes: '0 to 59' },
  { name: 'hour', takes: '0 to 23' },
  { name: 'day of month', takes: '1 to 31, or L for the last' },
  { name: 'month', takes: '1 to 12, or jan to dec' },
  { name: 'day of week', takes: '0 to 7 (0 and 7 are Sunday), or sun to sat' },
] as const;

/** node-cron's sixth field, which it takes in front of the others. */
const SECOND = { name: 'second', takes: '0 to 59' } as const;

const WANTED = `five are wanted: ${FIELDS.map(({ name }) => name).join(', ')}, such as "30 3 * * *" for half past three every night`;

/**
 * What is wrong with a cron expression, in words for who wrote it; undefined when nothing is.
 *
 * node-cron alone judges, so that what is let through here is what it will run. Asked again with one field at a time, it
 * shows which of them it minds.
 */
export function cronProblem(expression: string): string | undefined {
  if (isCron(expression)) return undefined;
  const parts = expression.split(/\s+/).filter((part) => part !== '');
  if (parts.length === 0) return `is empty; ${WANTED}`;
  if (expression.startsWith('@')) return `"${expression}" is no known short form; ${WANTED}`;
  const fields = parts.length === FIELDS.length + 1 ? [SECOND, ...FIELDS] : FIELDS;
  if (parts.length !== fields.length) {
    return `"${expression}" has ${parts.length} ${parts.length === 1 ? 'field' : 'fields'}; ${WANTED}`;
  }
  const wrong = fields.findIndex((_, i) => !isCron(parts.map((part, j) => (i === j ? part : '*')).join(' ')));
  const field = fields[wrong];
  if (field === undefined) return `"${expression}" never comes: no month that it names has such a day`;
  return `"${parts[wrong]}" is no ${field.name}: that takes ${field.takes}, a list (1,2), a range (1-3) or a step (*/2)`;
}

function isCron(expression: string): boolean {
  try {
    void createTask(expression, () => {}).destroy();
    return true;
  } catch {
    return false;
  }
}
