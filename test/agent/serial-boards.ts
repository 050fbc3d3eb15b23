import { onTestFinished } from 'vitest';
import { serialCarrier } from '../../firmware-bridge/simulation/serial-carrier.ts';
import { simulatedBoard } from '../../firmware-bridge/simulation/simulated-board.ts';
import type { Format } from '../../firmware-bridge/simulation/speech.ts';
import { nothingSent, type Transmitted, transmit } from '../../firmware-bridge/simulation/transmit.ts';
import type { Recording } from '../../protocols/recording.ts';

/** Five minutes at 10 Hz in which `accel.x` has one value: `SignBrain` answers it every 400 ms. */
export const steady = (value: number): Recording => ({
  id: 'steady',
  board: 'wrist-01',
  channels: ['accel.x'],
  rateHz: 10,
  nominalRate: false,
  timesUs: Float64Array.from({ length: 3000 }, (_, i) => i * 100_000),
  values: new Float64Array(3000).fill(value),
  labels: [],
});

/** A virtual board that sends into a port until the test is over or it is stopped. */
export function startBoard(path: string, value: number, format: Format = 'frames') {
  const stop = new AbortController();
  const carrier = serialCarrier({ path, baudRate: 115_200, format, seed: 1 });
  const seed = value > 0 ? 1 : 2;
  const options = { board: 'wrist-01', format, speed: 1, loop: true, seed, isAsked: carrier.isAsked };
  const tally: Transmitted = nothingSent();
  const over = carrier.opened.then(() =>
    transmit(simulatedBoard([steady(value)], options), carrier, tally, stop.signal),
  );
  const end = async () => {
    stop.abort();
    await over;
    carrier.close();
  };
  onTestFinished(end);
  return { tally, end };
}
