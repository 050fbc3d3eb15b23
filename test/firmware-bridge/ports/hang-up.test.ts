import { expect, it } from 'vitest';
import { closePort, isTrouble, openPort } from '../../../firmware-bridge/ports/open-port.ts';
import { eventually } from '../../temporary.ts';
import { cables, open } from './cable.ts';

it('closes a port whose device goes while it is being read', async (test) => {
  const { plug } = await cables(test);
  for (let round = 0; round < 5; round++) {
    const board = await plug(`ttyACM${round}`);
    const [near, far] = [await open(board.near), await open(board.far)];
    let heard = 0;
    near.on('data', (bytes: Buffer) => {
      heard += bytes.length;
      far.write(bytes);
    });
    far.on('data', (bytes: Buffer) => near.write(bytes));
    far.write('to and fro');
    await eventually(() => expect(heard).toBeGreaterThan(100));
    await board.cut();
    await eventually(() => expect([near.isOpen, far.isOpen]).toEqual([false, false]));
  }
});

it('can be closed at any moment of reading', async (test) => {
  const { plug } = await cables(test);
  const board = await plug('ttyACM0');
  const far = await open(board.far);
  const sending = setInterval(() => far.write('a line of a board\n'), 1);
  let heard = 0;
  for (let round = 0; round < 50; round++) {
    const near = await openPort(board.near, 115_200);
    if (isTrouble(near)) throw new Error(near.message);
    near.on('data', (bytes: Buffer) => {
      heard += bytes.length;
    });
    await new Promise((resolve) => setTimeout(resolve, round % 8));
    await closePort(near);
  }
  clearInterval(sending);
  expect(heard).toBeGreaterThan(0);
});
