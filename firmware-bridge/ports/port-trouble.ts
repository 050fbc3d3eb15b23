import { readFile, stat } from 'node:fs/promises';

/** Why a port cannot be used now. None is for ever: the link tries again. */
export type PortTroubleKind =
  | 'absent' // nothing is plugged in
  | 'permission'
  | 'busy' // another program has it
  | 'notSerial' // a file, or a device of another kind
  | 'failed';

export interface PortTrouble {
  readonly kind: PortTroubleKind;
  readonly message: string;
  /** What a person can do about it. */
  readonly hint: string;
}

/** The driver's texts, of Linux, macOS and Windows: it gives no codes. */
const KINDS: readonly (readonly [PortTroubleKind, RegExp])[] = [
  ['busy', /cannot lock|temporarily unavailable|resource busy/i],
  ['permission', /permission denied|access denied|operation not permitted/i],
  ['absent', /no such (file|device)|file not found|cannot find|unknown error code 2\b/i],
  ['notSerial', /inappropriate ioctl|not a (typewriter|tty)/i],
];

/** What an error at opening `path` means. */
export async function troubleOf(path: string, error: Error): Promise<PortTrouble> {
  const kind = KINDS.find(([, text]) => text.test(error.message))?.[0] ?? 'failed';
  switch (kind) {
    case 'absent':
      return absent(path);
    case 'busy':
      return {
        kind,
        message: `another program has ${path} open`,
        hint: `close it (a serial monitor, another agent, ModemManager); \`fuser -v ${path}\` names it`,
      };
    case 'permission':
      return {
        kind,
        message: `you may not open ${path}`,
        hint: `sudo usermod -aG ${await groupOf(path)} $USER, then log in anew`,
      };
    case 'notSerial':
      return {
        kind,
        message: `${path} is not a serial port`,
        hint: 'name a port such as /dev/ttyACM0, or one from /dev/serial/by-id/',
      };
    case 'failed':
      return {
        kind,
        message: `${path} cannot be opened: ${error.message}`,
        hint: 'unplug the board and plug it in again; `dmesg` tells what the system saw',
      };
  }
}

/** @param wanted as the person named it */
export const absent = (wanted: string): PortTrouble => ({
  kind: 'absent',
  message: `there is no port ${wanted}`,
  hint: 'plug the board in: it is opened when it comes',
});

const SERIAL_GROUP = 'dialout'; // of Debian, Ubuntu, Raspberry Pi OS; others have uucp

/** The group that may open a port. */
async function groupOf(path: string): Promise<string> {
  try {
    const { gid } = await stat(path);
    const groups = await readFile('/etc/group', 'utf8');
    return new RegExp(`^([^:]+):[^:]*:${gid}:`, 'm').exec(groups)?.[1] ?? SERIAL_GROUP;
  } catch {
    return SERIAL_GROUP;
  }
}
