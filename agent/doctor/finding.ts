/** What one look at the machine came to. */
export interface Finding {
  /** What was looked at: `broker`, `disk`, .. */
  readonly check: string;
  readonly status: Status;
  /** What was found, with its figures. */
  readonly message: string;
  /** What to do about it; absent when all is well. */
  readonly fix?: string;
}

/** `fail`: a run would not start, or would not do its work. `warn`: it would, and not as well as it could. */
export type Status = 'ok' | 'warn' | 'fail';

export const ok = (check: string, message: string): Finding => ({ check, status: 'ok', message });
export const warn = (check: string, message: string, fix: string): Finding => ({
  check,
  status: 'warn',
  message,
  fix,
});
export const fail = (check: string, message: string, fix: string): Finding => ({
  check,
  status: 'fail',
  message,
  fix,
});

export const isOk = ({ status }: Finding): boolean => status === 'ok';
