import { realpath } from 'node:fs/promises';
import { type PortChoice, pathsOf } from './port-choice.ts';
import { listUsbPorts, type UsbIdentity, type UsbPort } from './usb-ports.ts';

/** Finds the port of one link, under whatever name it has now. */
export interface PortFinder {
  /** Paths to try, the likeliest first; empty while nothing is plugged in. */
  candidates(): Promise<string[]>;
  /** The port at `path` is ours until `left`. */
  took(path: string): Promise<void>;
  left(): void;
}

/**
 * Which port belongs to which link of this process.
 *
 * A board that was on `/dev/ttyACM0` may come back as `/dev/ttyACM1`, so a link remembers which device it had and
 * looks for it first; and no link takes the device of another, which may have its name now.
 */
export class PortClaims {
  readonly #taken = new Map<string, PortFinder>();
  readonly #known = new Map<string, PortFinder>();
  readonly #list: () => Promise<readonly UsbPort[]>;

  constructor(list: () => Promise<readonly UsbPort[]> = listUsbPorts) {
    this.#list = list;
  }

  finder(choice: PortChoice): PortFinder {
    let learnt: UsbIdentity | undefined;
    let path: string | undefined;
    const isFree = (port: string, identity: UsbIdentity | undefined): boolean => {
      const taker = this.#taken.get(port);
      const owner = identity && this.#known.get(deviceKey(identity));
      return (taker === undefined || taker === finder) && (owner === undefined || owner === finder);
    };
    const finder: PortFinder = {
      candidates: async () => {
        const plugged = await this.#list();
        const mine = learnt && plugged.filter(({ identity }) => isSame(identity, learnt!));
        const wanted = [...(mine ?? []).map(({ path }) => path), ...(await pathsOf(choice, plugged))];
        const free: string[] = [];
        for (const candidate of new Set(wanted)) {
          const real = await resolved(candidate);
          if (isFree(real, identityAt(real, plugged))) free.push(candidate);
        }
        return free;
      },
      took: async (taken) => {
        path = await resolved(taken);
        learnt = identityAt(path, await this.#list()) ?? learnt;
        this.#taken.set(path, finder);
        // Without a number of its own a device cannot be told from its like: only the path is ours.
        if (learnt?.serialNumber !== undefined) this.#known.set(deviceKey(learnt), finder);
      },
      left: () => {
        if (path !== undefined) this.#taken.delete(path);
        path = undefined;
      },
    };
    return finder;
  }
}

const identityAt = (path: string, plugged: readonly UsbPort[]): UsbIdentity | undefined =>
  plugged.find((port) => port.path === path)?.identity;

const isSame = (a: UsbIdentity, b: UsbIdentity): boolean => deviceKey(a) === deviceKey(b);

const deviceKey = ({ vendorId, productId, serialNumber, interfaceNumber }: UsbIdentity): string =>
  [vendorId, productId, serialNumber ?? '', interfaceNumber ?? ''].join(' ');

/** Names such as those in /dev/serial/by-id are links. */
const resolved = (path: string): Promise<string> => realpath(path).catch(() => path);
