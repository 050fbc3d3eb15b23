import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../commandline/package.ts';
import { type Finding, ok, warn } from './finding.ts';

/** systemd-timesyncd makes this file when it has set the clock. */
const SYNCHRONISED = '/run/systemd/timesync/synchronized';
const DAY_MS = 86_400_000;

/** The clock, which gives readings their time where the boards do not. Small computers often have none of their own. */
export async function lookAtClock(now = new Date(), synchronised = SYNCHRONISED): Promise<Finding[]> {
  const shown = now.toISOString();
  const { mtimeMs } = await stat(join(packageRoot(), 'package.json'));
  if (now.getTime() < mtimeMs - DAY_MS) {
    return [
      warn(
        'clock',
        `it is ${shown}, which is before this program was installed`,
        'set the clock: `timedatectl set-ntp true`, and a network; TLS and time stamps need it',
      ),
    ];
  }
  return [ok('clock', `${shown}${existsSync(synchronised) ? ', set from the network' : ''}`)];
}
