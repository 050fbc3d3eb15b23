import { access, constants } from 'node:fs/promises';
import { describeChoice, pathsOf } from '../../firmware-bridge/ports/port-choice.ts';
import { troubleOf } from '../../firmware-bridge/ports/port-trouble.ts';
import { listUsbPorts, type UsbPort } from '../../firmware-bridge/ports/usb-ports.ts';
import type { TaskSpec } from '../../protocols/task.ts';
import type { SerialPortConfig } from '../config/source.ts';
import type { AgentConfig } from '../config.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { linkBudget } from './link-budget.ts';

/** The serial ports: what is plugged in, whether we may open it, and whether its line is fast enough for the tasks. */
export async function lookAtSerial(
  config: AgentConfig | undefined,
  tasks: readonly TaskSpec[],
): Promise<Finding[]> {
  const plugged = await listUsbPorts();
  const seen = plugged.map((port) => ok('usb', describePort(port)));
  if (config?.source.kind !== 'serial') return seen;
  const judged = await Promise.all(config.source.ports.map((port) => lookAtPort(port, plugged, tasks)));
  return [...seen, ...judged.flat()];
}

const describePort = ({ path, identity: { vendorId, productId, serialNumber } }: UsbPort): string =>
  `${path} is usb ${vendorId}:${productId}${serialNumber === undefined ? ', without a serial number' : ` ${serialNumber}`}`;

async function lookAtPort(
  port: SerialPortConfig,
  plugged: readonly UsbPort[],
  tasks: readonly TaskSpec[],
): Promise<Finding[]> {
  const choice = port.usb === undefined ? { path: port.path! } : { usb: port.usb };
  const wanted = describeChoice(choice);
  const budget = tasks.map((task) => linkBudget(wanted, port.baudRate, task));
  const [path] = await pathsOf(choice, plugged);
  if (path === undefined) {
    return [
      warn('serial', `${wanted} is not plugged in`, 'plug the board in; the agent opens it when it comes'),
      ...budget,
    ];
  }
  const error = await access(path, constants.R_OK | constants.W_OK).then(() => undefined, reason);
  if (error === undefined) return [ok('serial', `${wanted} is ${path}, and we may open it`), ...budget];
  const { message, hint } = await troubleOf(path, error);
  return [fail('serial', message, hint), ...budget];
}

/** As the driver would say it. */
const reason = ({ code, message }: NodeJS.ErrnoException): Error =>
  new Error(code === 'EACCES' ? `permission denied: ${message}` : message);
