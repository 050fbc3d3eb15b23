import { expect, it } from 'vitest';
import { Seeded } from '../../../firmware-bridge/seeded.ts';
import { damaged, gaussian } from '../../../firmware-bridge/simulation/disturbance.ts';

it('damages every message, in each of the four ways', () => {
  const random = new Seeded(1);
  const message = Uint8Array.from({ length: 40 }, (_, i) => i + 1);
  const lengths = new Map<string, number>();
  for (let i = 0; i < 400; i++) {
    const bytes = damaged(message, random);
    expect(Buffer.from(bytes).equals(message)).toBe(false);
    const change = Math.sign(bytes.length - message.length);
    lengths.set(String(change), (lengths.get(String(change)) ?? 0) + 1);
  }
  // Cut and joined ones are shorter, flipped ones as long, others longer.
  for (const [change, share] of Object.entries({ '-1': 0.5, '0': 0.25, '1': 0.25 })) {
    expect(Math.abs(lengths.get(change)! / 400 - share)).toBeLessThan(0.1);
  }
});

it('draws from the normal distribution', () => {
  const random = new Seeded(3);
  const draws = Array.from({ length: 20_000 }, () => gaussian(random));
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
  const beyondTwo = draws.filter((x) => Math.abs(x) > 2).length / draws.length;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.006);
});
