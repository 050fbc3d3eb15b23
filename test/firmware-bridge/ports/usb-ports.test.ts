import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listFromSysfs } from '../../../firmware-bridge/ports/usb-ports.ts';
import { temporaryFolder } from '../../temporary.ts';

/** As the kernel lays it out: the tty leads to its USB interface, whose parent is the device. */
async function sysfs() {
  const root = await temporaryFolder();
  const plug = async (tty: string, bus: string, attributes: Readonly<Record<string, string>>, below = '') => {
    const device = join(root, 'devices', 'usb1', bus);
    const port = join(device, `${bus}:1.0`, below);
    await mkdir(port, { recursive: true });
    await mkdir(join(root, 'class', 'tty', tty), { recursive: true });
    await symlink(port, join(root, 'class', 'tty', tty, 'device'));
    await writeFile(join(device, `${bus}:1.0`, 'bInterfaceNumber'), '00\n');
    for (const [name, text] of Object.entries(attributes)) await writeFile(join(device, name), `${text}\n`);
  };
  return { root, plug };
}

it('tells the device behind each port', async () => {
  const { root, plug } = await sysfs();
  await plug('ttyACM0', '1-1', { idVendor: '303a', idProduct: '1001', serial: '7C:DF:A1:00:00:01' });
  await plug('ttyUSB0', '1-2', { idVendor: '1a86', idProduct: '7523' }, 'ttyUSB0');
  await mkdir(join(root, 'class', 'tty', 'tty0'));
  expect(await listFromSysfs(root)).toEqual([
    {
      path: '/dev/ttyACM0',
      identity: {
        vendorId: '303a',
        productId: '1001',
        serialNumber: '7C:DF:A1:00:00:01',
        interfaceNumber: '00',
      },
    },
    {
      path: '/dev/ttyUSB0',
      identity: { vendorId: '1a86', productId: '7523', serialNumber: undefined, interfaceNumber: '00' },
    },
  ]);
});

it('finds none where there is no such folder', async () => {
  expect(await listFromSysfs(join(await temporaryFolder(), 'none'))).toEqual([]);
});
