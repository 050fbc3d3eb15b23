import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../model/random.ts';
import type { Recording } from '../../../protocols/recording.ts';
import { recombined, recordingsByAnswer } from '../../../trainer/augment/recombine.ts';
import type { LabelledRow } from '../../../trainer/datasets/dataset.ts';

const snapshot = (id: string, ...values: number[]): Recording => ({
  id,
  board: 'b',
  channels: ['rssi.a', 'rssi.b', 'rssi.c'],
  rateHz: 1,
  nominalRate: true,
  timesUs: Float64Array.of(0),
  values: Float64Array.from(values),
  labels: [],
});
const row = (id: string, label: string, ...values: number[]): LabelledRow => ({
  id,
  label,
  splits: {},
  recording: snapshot(id, ...values),
});

const rows = [row('1', 'door', -1, -2, -3), row('2', 'desk', -50, -50, -50), row('3', 'door', -7, -8, -9)];

describe('recombined snapshots', () => {
  it('take each channel from any row of the same answer, and from no other', () => {
    const alike = recordingsByAnswer(rows)(rows[0]!);
    const random = RandomStream.seeded(1);
    const drawn = Array.from({ length: 200 }, (_, k) => [
      ...recombined(rows[0]!.recording, alike, random.fork(k)).values,
    ]);
    const kinds = new Set(drawn.map((values) => values.join(' ')));
    expect(kinds.size).toBe(8); // every choice of -1|-7, -2|-8, -3|-9
    expect(drawn.flat()).not.toContain(-50);
  });

  it('give every moment around the row the same values', () => {
    const { recording } = rows[0]!;
    const longer = {
      ...recording,
      timesUs: Float64Array.of(0, 1, 2),
      values: Float64Array.from([-1, -2, -3, -1, -2, -3, -1, -2, -3]),
    };
    const { values } = recombined(longer, [rows[2]!.recording], RandomStream.seeded(1));
    expect([...values]).toEqual([-7, -8, -9, -7, -8, -9, -7, -8, -9]);
  });
});
