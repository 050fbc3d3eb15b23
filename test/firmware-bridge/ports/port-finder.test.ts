import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PortClaims } from '../../../firmware-bridge/ports/port-finder.ts';
import type { UsbPort } from '../../../firmware-bridge/ports/usb-ports.ts';
import { temporaryFolder } from '../../temporary.ts';

const usb = (path: string, serialNumber?: string, productId = '1001'): UsbPort => ({
  path,
  identity: { vendorId: '303a', productId, serialNumber, interfaceNumber: '00' },
});

/** A machine at which boards are plugged and pulled by assigning `plugged`. */
function machine(...plugged: UsbPort[]) {
  const here = { plugged };
  return { here, claims: new PortClaims(async () => here.plugged) };
}

describe('a port finder', () => {
  it('finds a board by its own number, whatever its name', async () => {
    const { here, claims } = machine(usb('/dev/ttyACM0', 'A'), usb('/dev/ttyACM1', 'B'));
    const finder = claims.finder({ usb: { vendorId: '303A', serialNumber: 'B' } });
    expect(await finder.candidates()).toEqual(['/dev/ttyACM1']);
    here.plugged = [usb('/dev/ttyACM0', 'B')];
    expect(await finder.candidates()).toEqual(['/dev/ttyACM0']);
  });

  it('follows the device that was at a path to another one', async () => {
    const { here, claims } = machine(usb('/dev/ttyACM0', 'A'));
    const finder = claims.finder({ path: '/dev/ttyACM0' });
    await finder.took('/dev/ttyACM0');
    finder.left();
    here.plugged = [usb('/dev/ttyACM1', 'A')];
    expect(await finder.candidates()).toEqual(['/dev/ttyACM1', '/dev/ttyACM0']);
  });

  it('leaves the device of another link alone when the two have swapped their names', async () => {
    const { here, claims } = machine(usb('/dev/ttyACM0', 'A'), usb('/dev/ttyACM1', 'B'));
    const [a, b] = [claims.finder({ path: '/dev/ttyACM0' }), claims.finder({ path: '/dev/ttyACM1' })];
    await a.took('/dev/ttyACM0');
    await b.took('/dev/ttyACM1');
    a.left();
    b.left();
    here.plugged = [usb('/dev/ttyACM0', 'B'), usb('/dev/ttyACM1', 'A')];
    expect(await a.candidates()).toEqual(['/dev/ttyACM1']);
    expect(await b.candidates()).toEqual(['/dev/ttyACM0']);
  });

  it('takes whatever is at its path when nothing else is known of it', async () => {
    const { here, claims } = machine(usb('/dev/ttyUSB0'));
    const [a, b] = [claims.finder({ path: '/dev/ttyUSB0' }), claims.finder({ path: '/dev/ttyUSB1' })];
    await a.took('/dev/ttyUSB0');
    a.left();
    here.plugged = [usb('/dev/ttyUSB1')];
    await b.took('/dev/ttyUSB1');
    expect(await a.candidates()).toEqual(['/dev/ttyUSB0']);
    expect(await b.candidates()).toEqual(['/dev/ttyUSB1']);
  });

  it('takes the ports of a pattern by their numbers, and only once', async () => {
    const folder = await temporaryFolder();
    const path = (name: string) => join(folder, name);
    for (const name of ['ttyUSB10', 'ttyUSB2', 'ttyS0']) await writeFile(path(name), '');
    const { claims } = machine();
    const [a, b] = [claims.finder({ path: path('ttyUSB*') }), claims.finder({ path: path('ttyUSB?') })];
    expect(await a.candidates()).toEqual([path('ttyUSB2'), path('ttyUSB10')]);
    expect(await b.candidates()).toEqual([path('ttyUSB2')]);
    await a.took(path('ttyUSB2'));
    expect(await b.candidates()).toEqual([]);
  });
});
