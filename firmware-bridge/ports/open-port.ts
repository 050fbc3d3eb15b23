import { SerialPort } from 'serialport';
import { noticeHangUp } from './hang-up.ts';
import { type PortTrouble, troubleOf } from './port-trouble.ts';

/**
 * Open a port for this process alone: 8 data bits, no parity, one stop bit.
 *
 * @returns the port, or why it cannot be had
 */
export function openPort(path: string, baudRate: number): Promise<SerialPort | PortTrouble> {
  return new Promise((resolve) => {
    const port = new SerialPort({ path, baudRate, lock: true, autoOpen: false });
    // What goes wrong while it is open also closes it; an event without a listener would end the process.
    port.on('error', () => {});
    port.open((error) => {
      if (!error) noticeHangUp(port);
      resolve(error ? troubleOf(path, error) : port);
    });
  });
}

export const isTrouble = (opened: SerialPort | PortTrouble): opened is PortTrouble => 'kind' in opened;

/** Resolves when the descriptor is given back, whatever state the port is in. */
export const closePort = (port: SerialPort): Promise<void> =>
  new Promise((resolve) => (port.isOpen ? port.close(() => resolve()) : resolve()));

const RESET_MS = 100;

/**
 * Reset the board by its control lines: RTS alone holds an ESP32 in reset, and an Arduino is reset when DTR comes
 * back, which opening the port does. Boards without these lines, and pseudo-terminals, take no notice.
 */
export async function resetBoard(port: SerialPort): Promise<void> {
  const isSet = await new Promise<boolean>((resolve) => {
    port.set({ dtr: false, rts: true }, (error) => resolve(!error));
  });
  if (isSet) await new Promise((resolve) => setTimeout(resolve, RESET_MS));
}
