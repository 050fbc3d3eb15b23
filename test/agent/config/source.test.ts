import { describe, expect, it } from 'vitest';
import { nameOfPort, source } from '../../../agent/config/source.ts';

const serial = (...ports: unknown[]) => source.safeParse({ kind: 'serial', ports });

describe('serial ports in a configuration', () => {
  it('need no more than where they are', () => {
    const parsed = serial({ path: '/dev/ttyUSB*' }, { usb: { vendorId: '303A' } });
    expect(parsed.data).toMatchObject({
      kind: 'serial',
      mqtt: false,
      ports: [
        { path: '/dev/ttyUSB*', baudRate: 115_200, silentAfterS: 30, resetWhenSilent: true },
        { usb: { vendorId: '303A' } },
      ],
    });
  });

  it.each([
    ['no port', [], /at least 1|Too small/i],
    ['a port without a place', [{ board: 'desk-01' }], /give one of `path` and `usb`/],
    ['a port with two places', [{ path: '/dev/ttyACM0', usb: { vendorId: '303a' } }], /give one of/],
    ['a star in a folder', [{ path: '/dev/*/tty0' }], /in its last part/],
    ['a number that YAML made of a vendor', [{ usb: { vendorId: 1001 } }], /in quotes/],
    ['a long vendor', [{ usb: { vendorId: '0x303a' } }], /in quotes/],
    ['a board that is the bridge', [{ path: '/dev/ttyACM0', board: 'bridge' }], /kept for agents/],
    ['a header of no channels', [{ path: '/dev/ttyACM0', csvHeader: 'time,x,y' }], /columns are channels/],
    ['the same port twice', [{ path: '/dev/ttyACM0' }, { path: '/dev/ttyACM0', board: 'b' }], /once/],
    ['an unknown key', [{ path: '/dev/ttyACM0', baud: 9600 }], /baud/],
  ])('refuse %s', (_, ports, problem) => {
    const parsed = serial(...ports);
    expect(parsed.success).toBe(false);
    expect(parsed.error!.issues.map(({ message }) => message).join('; ')).toMatch(problem);
  });

  it('are named as a person would', () => {
    const parsed = serial(
      { path: '/dev/ttyACM0' },
      { usb: { vendorId: '303a' } },
      { usb: { vendorId: '303a', productId: '1001', serialNumber: 'A1' } },
    );
    const ports = parsed.data?.kind === 'serial' ? parsed.data.ports : [];
    expect(ports.map(nameOfPort)).toEqual(['/dev/ttyACM0', 'usb 303a:*', 'usb 303a:1001 A1']);
  });
});
