import { read as readWithCallback } from 'node:fs';
import { promisify } from 'node:util';
import type { SerialPort } from 'serialport';

const read = promisify(readWithCallback);

/** Errors of a descriptor that has nothing to read yet. */
const NOT_YET = new Set(['EAGAIN', 'EWOULDBLOCK', 'EINTR']);

/**
 * Let an open port notice that its device is gone, whatever it was doing.
 *
 * A terminal that was hung up answers reads with nothing, at once and for ever (Linux, `hung_up_tty_read`); serialport 13
 * tries such a read again without end: it burns a core and never closes the port. Here nothing means gone.
 */
export function noticeHangUp(port: SerialPort): void {
  const device = port.port;
  // Windows has overlapped reads of its own.
  if (device === undefined || !('poller' in device)) return;
  const mustBeOpen = (): number => {
    if (device.fd !== null) return device.fd;
    throw Object.assign(new Error('the port was closed'), { canceled: true });
  };
  const readable = (): Promise<void> =>
    new Promise((resolve, reject) => {
      // Polling a port that was closed meanwhile would crash the process.
      mustBeOpen();
      device.poller.once('readable', (error) => (error ? reject(error) : resolve()));
    });
  device.read = async (buffer, offset, length) => {
    for (;;) {
      const bytesRead = await readNow(mustBeOpen(), buffer, offset, length);
      if (bytesRead === 0) throw new Error('the device has hung up');
      if (bytesRead !== undefined) return { buffer, bytesRead };
      await readable();
    }
  };
}

/** Undefined: there is nothing to read yet. */
async function readNow(
  fd: number,
  buffer: Buffer,
  offset: number,
  length: number,
): Promise<number | undefined> {
  try {
    return (await read(fd, buffer, offset, length, null)).bytesRead;
  } catch (error) {
    if (NOT_YET.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
