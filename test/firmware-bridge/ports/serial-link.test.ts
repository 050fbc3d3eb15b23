import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { closePort, isTrouble, openPort } from '../../../firmware-bridge/ports/open-port.ts';
import { PortClaims } from '../../../firmware-bridge/ports/port-finder.ts';
import { serialLink } from '../../../firmware-bridge/ports/serial-link.ts';
import { eventually, temporaryFolder } from '../../temporary.ts';
import { cables, follow, open, sendFrom } from './cable.ts';

describe('a serial link', () => {
  it('tells what the board sends, and lets the board be told', async (test) => {
    const { plug } = await cables(test);
    const board = await plug('ttyACM0');
    const { told, text } = follow(serialLink({ port: { path: board.near } }));
    await eventually(() => expect(told[0]).toMatchObject({ kind: 'opened', path: board.near }));

    const far = await open(board.far);
    const heard: Buffer[] = [];
    far.on('data', (bytes: Buffer) => heard.push(bytes));
    far.write('1,2,3\n');
    await eventually(() => expect(text()).toBe('1,2,3\n'));
    const opened = told[0];
    if (opened?.kind === 'opened') await opened.write(Buffer.from('who are you?'));
    await eventually(() => expect(Buffer.concat(heard).toString()).toBe('who are you?'));
  });

  it('waits for a board, and follows it to another name', async (test) => {
    const { path, plug } = await cables(test);
    const { told, text, kinds } = follow(serialLink({ port: { path: path('ttyACM*') } }));
    await eventually(() => expect(kinds()).toEqual(['trouble']));
    expect(told[0]).toMatchObject({
      trouble: { kind: 'absent', message: `there is no port ${path('ttyACM*')}` },
    });

    const before = await plug('ttyACM0');
    await eventually(() => expect(kinds()).toContain('opened'));
    await sendFrom(before, 'one ');
    await eventually(() => expect(text()).toBe('one '));
    await before.cut();
    await eventually(() =>
      expect(told).toContainEqual({ kind: 'closed', path: path('ttyACM0'), why: 'unplugged' }),
    );

    const after = await plug('ttyACM1');
    await eventually(() => expect(told.at(-1)).toMatchObject({ kind: 'opened', path: path('ttyACM1') }));
    await sendFrom(after, 'two');
    await eventually(() => expect(text()).toBe('one two'));
  });

  it('opens a silent port anew, ever more patiently', async (test) => {
    const { plug } = await cables(test);
    const board = await plug('ttyUSB0');
    const { told, kinds } = follow(serialLink({ port: { path: board.near }, silentAfterMs: 20 }));
    await eventually(() => expect(kinds().slice(0, 4)).toEqual(['opened', 'closed', 'opened', 'closed']));
    expect(told[1]).toMatchObject({ kind: 'closed', why: 'silent' });
  });

  it('leaves the port when nobody listens', async (test) => {
    const { plug } = await cables(test);
    const board = await plug('ttyUSB0');
    const { kinds, stop } = follow(serialLink({ port: { path: board.near } }));
    await eventually(() => expect(kinds()).toEqual(['opened']));
    stop();
    await eventually(async () => {
      const port = await openPort(board.near, 115_200);
      if (isTrouble(port)) throw new Error(port.message);
      await closePort(port);
    });
  });

  it('says once that another program has the port, and takes it when it is free', async (test) => {
    const { plug } = await cables(test);
    const board = await plug('ttyUSB0');
    const other = await open(board.near);
    const { told, kinds } = follow(serialLink({ port: { path: board.near } }));
    await eventually(() => expect(kinds()).toEqual(['trouble']));
    expect(told[0]).toMatchObject({
      trouble: {
        kind: 'busy',
        message: `another program has ${board.near} open`,
        hint: expect.stringContaining('fuser'),
      },
    });
    await closePort(other);
    await eventually(() => expect(kinds()).toEqual(['trouble', 'opened']));
  });

  it('shares boards of one name pattern with the other links of its process', async (test) => {
    const { path, plug } = await cables(test);
    const claims = new PortClaims();
    const port = { path: path('ttyUSB*') };
    const links = [follow(serialLink({ port, claims })), follow(serialLink({ port, claims }))];
    await plug('ttyUSB0');
    await plug('ttyUSB1');
    const opened = () =>
      links.map(({ told }) => told.flatMap((event) => (event.kind === 'opened' ? [event.path] : [])));
    await eventually(() => expect(opened().flat().sort()).toEqual([path('ttyUSB0'), path('ttyUSB1')]));
    expect(opened().map((paths) => paths.length)).toEqual([1, 1]);
  });

  it('says that a file is no port', async () => {
    const folder = await temporaryFolder();
    const path = `${folder}/notes.txt`;
    await writeFile(path, 'no port');
    const { told, kinds } = follow(serialLink({ port: { path } }));
    await eventually(() => expect(kinds()).toEqual(['trouble']));
    expect(told[0]).toMatchObject({
      trouble: { kind: 'notSerial', message: `${path} is not a serial port` },
    });
  });
});
