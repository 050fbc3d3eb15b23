import type { ReaderEvent } from '../../firmware-bridge/ports/port-reader.ts';
import { isCsvRow } from '../../firmware-bridge/wire/csv-table.ts';
import type { RareLog } from '../rare-log.ts';

/** Who has just connected a board wants to see that it is heard, and what to do if not. */
export function tellOfPort(event: ReaderEvent, port: string, log: RareLog): void {
  if (event.kind === 'opened') log.info(`opened ${port}`, `${event.path} is open`);
  if (event.kind === 'closed') {
    const silent = `${event.path} is silent: opening it anew`;
    const lost = `lost ${event.path}: it was unplugged, or its driver failed`;
    log.warn(`closed ${port}`, event.why === 'silent' ? silent : lost);
  }
  if (event.kind === 'trouble') {
    const { kind, message, hint } = event.trouble;
    log.warn(`${port} ${kind}`, `${message}; ${hint}`);
  }
  if (event.kind === 'damaged') {
    log.warn(
      `damaged ${port}`,
      `${port}: ${event.message}; is the cable good, and the baud rate the firmware's?`,
    );
  }
  if (event.kind === 'noise') {
    const what = `${event.bytes} bytes of ${port} are neither frames nor lines of text`;
    log.warn(`noise ${port}`, `${what}; is the baud rate the firmware's?`);
  }
  if (event.kind === 'text') {
    const prints = `${port} prints "${event.line.slice(0, 100)}"`;
    // What firmware prints of itself may say why no readings come.
    if (isCsvRow(event.line)) {
      log.warn(
        `csv ${port}`,
        `${prints} below no header; let the board print one, or give it as csvHeader (bridge: --csv-header)`,
      );
    } else log.info(`text ${port}`, prints);
  }
  if (event.kind === 'hello') {
    const { firmware, channels, rateHz } = event.description;
    const what = event.restarted ? 'has started again' : `is ${firmware || 'there'}`;
    const pace = rateHz > 0 ? ` at ${rateHz} Hz` : '';
    const names = channels.map(({ name }) => name).join(', ');
    log.info(`hello ${event.board}`, `${event.board} on ${port} ${what}: ${names}${pace}`);
  }
}
