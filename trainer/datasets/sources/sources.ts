import type { Dataset } from '../dataset.ts';
import type { SourceLayout } from './source-layout.ts';

/** The rows of a set whose folder is laid out as its authors publish it; undefined when it is not, or no such layout is known. */
export async function readSource(name: string, path: string): Promise<Dataset | undefined> {
  const layout = await sourceLayout(name);
  const found = await layout?.find(path);
  return found === undefined ? undefined : layout?.read(found);
}

async function sourceLayout(name: string): Promise<SourceLayout | undefined> {
  switch (name) {
    case 'gesture':
      return (await import('./tinyllm.ts')).gestureSource;
    case 'local':
      return (await import('./tinyllm.ts')).localSource;
    case 'breathe':
      return (await import('./tinyllm.ts')).breatheSource;
    case 'swim':
      return (await import('./swim.ts')).swimSource;
    case 'rssi':
      return (await import('./rssi.ts')).rssiSource;
    case 'sp_sw_har':
      return (await import('./activity.ts')).activitySource;
    case 'magic_wand_digits':
      return (await import('./wand-digits.ts')).wandDigitsSource;
    case 'uci_wifi_rooms':
      return (await import('./wifi-rooms.ts')).wifiRoomsSource;
    default:
      return undefined;
  }
}
