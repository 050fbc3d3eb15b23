import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readWifiRooms } from '../../../trainer/datasets/wifi-rooms.ts';
import { requireData } from '../../tools.ts';
import { countBy, folderWith } from './files.ts';

const HEAD = 'row,ap1,ap2,ap3,ap4,ap5,ap6,ap7,room,block,split';

describe('uci_wifi_rooms', () => {
  it('has four rooms, in blocks of which none lies in two splits', async (test) => {
    const { rows, skipped } = await readWifiRooms(requireData('uci_wifi_rooms', test));
    expect(skipped).toEqual([]);
    expect(countBy(rows, ({ label, splits }) => `${label} ${splits.split}`)).toEqual(
      Object.fromEntries(
        ['1', '2', '3', '4'].flatMap((room) => [
          [`${room} train`, 225],
          [`${room} validation`, 25],
          [`${room} test`, 100],
        ]),
      ),
    );
    const splitsOfBlock = new Map<string, Set<string>>();
    for (const { recording, splits } of rows) {
      const known = splitsOfBlock.get(recording.group!) ?? new Set();
      splitsOfBlock.set(recording.group!, known.add(splits.split!));
    }
    expect(splitsOfBlock.size).toBe(56);
    for (const [block, splits] of splitsOfBlock) expect(splits.size, block).toBe(1);
  });

  it('reads columns by name, compressed or not, with or without blocks and splits', async () => {
    const folder = folderWith({
      'a.csv.gz': `${HEAD}\n7,-1,-2,-3,-4,-5,-6,-7,2,0,test\n`,
      'b.csv': 'room,ap7,ap6,ap5,ap4,ap3,ap2,ap1\n3,-7,-6,-5,-4,-3,-2,-1\n',
    });
    const { rows } = await readWifiRooms(folder);
    expect(rows[0]).toMatchObject({
      id: 'scan-7',
      label: '2',
      splits: { split: 'test' },
      recording: {
        group: '2-0',
        channels: ['rssi.ap1', 'rssi.ap2', 'rssi.ap3', 'rssi.ap4', 'rssi.ap5', 'rssi.ap6', 'rssi.ap7'],
      },
    });
    expect(rows[1]).toMatchObject({ id: 'scan-2', label: '3', splits: {} });
    expect(rows[1]!.recording.group).toBeUndefined();
    for (const { recording } of rows) expect([...recording.values]).toEqual([-1, -2, -3, -4, -5, -6, -7]);
  });

  it('refuses a table that lacks a column, and leaves out broken rows', async () => {
    const folder = folderWith({
      'lacking.csv': 'row,ap1,room\n0,-1,1\n',
      'broken.csv': `${HEAD}\n0,-1,-2,-3,-4,-5,-6,,1,0,train\n1,-1,-2\n2,-1,-2,-3,-4,-5,-6,-7,1,0,train\n`,
    });
    await expect(readWifiRooms(join(folder, 'lacking.csv'))).rejects.toThrow(
      'lacking.csv:1: there is no column "ap2"',
    );
    const { rows, skipped } = await readWifiRooms(join(folder, 'broken.csv'));
    expect(rows.map(({ id }) => id)).toEqual(['scan-2']);
    expect(skipped).toEqual([
      expect.stringContaining('broken.csv:2: "" is no number'),
      expect.stringContaining('broken.csv:3: room is empty'),
    ]);
  });
});
