import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { replayRecording } from '../../agent/replay.ts';
import { Meter } from '../../pipeline/meter.ts';
import { SignBrain } from './sign-brain.ts';

it('a replay ends, with the reason, when the model has ended', async () => {
  const hour = {
    id: 'hour',
    board: 'wrist-01',
    channels: ['accel.x'],
    rateHz: 10,
    nominalRate: false,
    timesUs: Float64Array.from({ length: 36_000 }, (_, i) => i * 100_000),
    values: new Float64Array(36_000),
    labels: [],
  };
  const brain = Object.assign(new SignBrain(), { ended: Promise.resolve(new Error('out of memory')) });
  const options = { speed: 1, meter: new Meter(), signal: new AbortController().signal };
  await expect(lastValueFrom(replayRecording(hour, brain, options))).rejects.toMatchObject({
    name: 'TinyError',
    message: 'the model has ended: out of memory',
  });
});
