import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SerialPort } from 'serialport';

/** What a USB device is called wherever it is plugged in: four hexadecimal digits, lower case, and its own number. */
export interface UsbIdentity {
  readonly vendorId: string;
  readonly productId: string;
  /** Absent on cheap adapters: then two of a kind cannot be told apart. */
  readonly serialNumber?: string | undefined;
  /** Of a device with several ports. */
  readonly interfaceNumber?: string | undefined;
}

/** A serial port that is plugged in now. */
export interface UsbPort {
  readonly path: string;
  readonly identity: UsbIdentity;
}

/** The USB serial ports of this machine, by path. */
export const listUsbPorts = (): Promise<UsbPort[]> =>
  process.platform === 'linux' ? listFromSysfs() : listFromSystem();

/**
 * Linux tells in files, which costs no process and needs no udev: `/sys/class/tty/ttyACM0/device` leads to the USB
 * interface, and a folder above it is the device.
 *
 * @param root where sysfs is mounted
 */
export async function listFromSysfs(root = '/sys', devices = '/dev'): Promise<UsbPort[]> {
  const folder = join(root, 'class', 'tty');
  const names = await readdir(folder).catch(() => []);
  const ports = await Promise.all(
    names.sort().map(async (name): Promise<UsbPort | undefined> => {
      const device = await realpath(join(folder, name, 'device')).catch(() => undefined);
      const identity = device === undefined ? undefined : await identityAbove(device, root);
      return identity && { path: join(devices, name), identity };
    }),
  );
  return ports.filter((port) => port !== undefined);
}

async function identityAbove(device: string, root: string): Promise<UsbIdentity | undefined> {
  const top = await realpath(root);
  let interfaceNumber: string | undefined;
  for (let folder = device; folder.startsWith(top) && folder !== top; folder = dirname(folder)) {
    interfaceNumber ??= await attribute(folder, 'bInterfaceNumber');
    const vendorId = await attribute(folder, 'idVendor');
    const productId = await attribute(folder, 'idProduct');
    if (vendorId === undefined || productId === undefined) continue;
    return { vendorId, productId, serialNumber: await attribute(folder, 'serial'), interfaceNumber };
  }
  return undefined;
}

const attribute = (folder: string, name: string): Promise<string | undefined> =>
  readFile(join(folder, name), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

async function listFromSystem(): Promise<UsbPort[]> {
  const ports = await SerialPort.list();
  return ports.flatMap(({ path, vendorId, productId, serialNumber }) =>
    vendorId === undefined || productId === undefined
      ? []
      : {
          path,
          identity: {
            vendorId: vendorId.toLowerCase(),
            productId: productId.toLowerCase(),
            serialNumber,
          },
        },
  );
}
