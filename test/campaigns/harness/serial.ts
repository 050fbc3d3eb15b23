import { join } from 'node:path';
import { makePtyPair } from '../../../firmware-bridge/pty-pair.ts';
import { LINE_BYTES_PER_S, serialThroughPty } from '../serial.ts';
import type { Campaign } from './campaign.ts';
import { figure } from './figure.ts';

/** What is still the pace of the line: a busy machine may begin a write late. */
const LEAST_BYTES_PER_S = Math.round(0.98 * LINE_BYTES_PER_S);

export const serial: Campaign = {
  name: 'serial',
  about:
    `A board sends frames of six channels through a pair of pseudo-terminals at ${LINE_BYTES_PER_S.toLocaleString('en')} ` +
    'bytes a second (921,600 baud). One frame in a hundred is damaged: a bit flipped, a piece cut out, bytes put in, ' +
    'or two frames joined. Every reading of a good frame must be delivered with the values that were measured, every ' +
    'lost frame and reading must be counted, neither more nor fewer, and nothing else may come through.',
  unit: 's',
  smallSize: 10,
  fullSize: 600,
  async run({ seed, size, folder, progress }) {
    const cable = await makePtyPair(join(folder, 'host'), join(folder, 'board'));
    try {
      const figures = await serialThroughPty(
        {
          seed,
          bytes: size * LINE_BYTES_PER_S,
          onProgress: (bytes) => progress(Math.min(size, Math.floor(bytes / LINE_BYTES_PER_S))),
        },
        cable,
        LINE_BYTES_PER_S,
      );
      const good = figures.readingsSent - figures.readingsDamaged;
      return [
        figure('pace', Math.round(figures.bytes / figures.seconds), 'bytes/s', { least: LEAST_BYTES_PER_S }),
        figure('sent', figures.framesSent, 'frames'),
        figure('damaged on the way', figures.framesDamaged, 'frames', { least: 1 }),
        figure('counted lost, less damaged', figures.framesLost - figures.framesDamaged, 'frames', {
          exactly: 0,
        }),
        figure('sent in good frames', good, 'readings'),
        figure('of these not delivered', good - figures.readingsDelivered, 'readings', { exactly: 0 }),
        figure(
          'counted lost, less those in damaged frames',
          figures.readingsLost - figures.readingsDamaged,
          'readings',
          {
            exactly: 0,
          },
        ),
        figure('delivered, but never measured so', figures.badReadings, 'readings', { exactly: 0 }),
      ];
    } finally {
      await cable.cut();
    }
  },
};
