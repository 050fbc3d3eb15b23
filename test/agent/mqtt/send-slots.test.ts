import { expect, it } from 'vitest';
import { SendSlots } from '../../../agent/mqtt/send-slots.ts';

it('lets as many pass as the broker takes at once, the others in their order', async () => {
  const slots = new SendSlots();
  await expect(slots.take()).rejects.toThrow('not connected');
  slots.open(2);
  const passed: number[] = [];
  const gives = new Map<number, () => void>();
  const taken = [0, 1, 2, 3].map(async (n) => {
    gives.set(n, await slots.take());
    passed.push(n);
  });
  await Promise.all(taken.slice(0, 2));
  expect(passed).toEqual([0, 1]);
  gives.get(1)!();
  await taken[2];
  expect(passed).toEqual([0, 1, 2]);
  slots.close();
  await expect(taken[3]).rejects.toThrow('not connected');
});

it('counts anew on a new connection: slots of the lost one do not come back', async () => {
  const slots = new SendSlots();
  slots.open(1);
  const give = await slots.take();
  slots.close();
  slots.open(1);
  await slots.take();
  give();
  const waits = slots.take();
  slots.close();
  await expect(waits).rejects.toThrow('not connected');
});
