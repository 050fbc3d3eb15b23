import { expect, it } from 'vitest';
import { troubleOf } from '../../../firmware-bridge/ports/port-trouble.ts';

it.each([
  ['Error: Permission denied, cannot open /dev/ttyACM0', 'permission', 'usermod'],
  ['Opening COM3: Access denied', 'permission', 'usermod'],
  ['Error Resource temporarily unavailable Cannot lock port', 'busy', 'fuser'],
  ['Error Resource busy, cannot open /dev/tty.usbmodem1', 'busy', 'fuser'],
  ['Error: No such file or directory, cannot open /dev/ttyACM0', 'absent', 'plug'],
  ['Opening COM3: File not found', 'absent', 'plug'],
  ['Error: Inappropriate ioctl for device setting custom baud rate of 115200', 'notSerial', '/dev/ttyACM0'],
  ['Error: Input/output error, cannot open /dev/ttyACM0', 'failed', 'dmesg'],
])('understands "%s"', async (message, kind, fix) => {
  const trouble = await troubleOf('/dev/ttyACM0', new Error(message));
  expect(trouble).toMatchObject({ kind, hint: expect.stringContaining(fix) });
  expect(trouble.message).toContain('/dev/ttyACM0');
});
