import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { UsbIdentity, UsbPort } from './usb-ports.ts';

/** How a person names a port: by its path, in whose last part `*` and `?` may stand, or by the device behind it. */
export type PortChoice = { readonly path: string } | { readonly usb: UsbChoice };

/** What is left out may be anything. */
export interface UsbChoice {
  readonly vendorId: string;
  readonly productId?: string | undefined;
  readonly serialNumber?: string | undefined;
}

/** The paths that are meant, of those there are; in order of their names. */
export async function pathsOf(choice: PortChoice, plugged: readonly UsbPort[]): Promise<string[]> {
  if ('usb' in choice)
    return plugged.filter(({ identity }) => isMeant(choice.usb, identity)).map(({ path }) => path);
  return isPattern(choice.path) ? matching(choice.path) : [choice.path];
}

/** For messages and health: `/dev/ttyUSB*`, `usb 303a:1001 7C:DF:A1`. */
export function describeChoice(choice: PortChoice): string {
  if ('path' in choice) return choice.path;
  const { vendorId, productId = '*', serialNumber } = choice.usb;
  return `usb ${vendorId}:${productId}${serialNumber === undefined ? '' : ` ${serialNumber}`}`;
}

function isMeant(wanted: UsbChoice, identity: UsbIdentity): boolean {
  return (
    wanted.vendorId.toLowerCase() === identity.vendorId &&
    (wanted.productId === undefined || wanted.productId.toLowerCase() === identity.productId) &&
    (wanted.serialNumber === undefined || wanted.serialNumber === identity.serialNumber)
  );
}

const isPattern = (path: string): boolean => /[*?]/.test(basename(path));

async function matching(pattern: string): Promise<string[]> {
  const folder = dirname(pattern);
  const name = new RegExp(
    `^${basename(pattern)
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  const names = await readdir(folder).catch(() => []);
  // ttyUSB2 before ttyUSB10.
  const inOrder = names
    .filter((one) => name.test(one))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return inOrder.map((one) => join(folder, one));
}
