import { toFailure } from '../../model/runtime/failure.ts';
import type { Job, JobReply, Measurements, What } from './alone.ts';
import { loadTime } from './load-time.ts';
import { memoryUse } from './memory.ts';
import { speedOf } from './speed.ts';
import type { Subject } from './subject.ts';

// A process of its own, started by alone.ts: one job in, its figures out.

const MEASURE: { readonly [W in What]: (subject: Subject) => Promise<Measurements[W]> } = {
  load: loadTime,
  memory: memoryUse,
  speed: speedOf,
};

// Ctrl-C reaches every process of a terminal; this one is ended by its parent, or with it.
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());

process.once('message', async ({ what, subject }: Job) => {
  const reply: JobReply = await MEASURE[what](subject).then(
    (result) => ({ result }),
    (error: unknown) => ({ failure: toFailure(error) }),
  );
  process.send!(reply);
});
