import { setFlagsFromString } from 'node:v8';

/** By how much the heap may grow over what lives before it is collected, in percent. */
const GROWTH_PERCENT = 20;
/** Of its time. An agent that works more than this may take memory to save time. */
const BUSY_SHARE = 0.1;
const LOOK_EVERY_MS = 5000;

/**
 * A small board has little memory, and V8 would let garbage grow to several times what lives: at 12,000 readings a second
 * this halves what the heap takes, for a few percent of time. For the whole process, all its threads; best before the agent is
 * imported, which alone would make the young generation grow to 32 MB.
 */
export function growHeapSlowly(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  letYoungGrow(false);
  let before = performance.eventLoopUtilization();
  const look = () => {
    const now = performance.eventLoopUtilization();
    letYoungGrow(performance.eventLoopUtilization(now, before).utilization > BUSY_SHARE);
    before = now;
  };
  setInterval(look, LOOK_EVERY_MS).unref();
}

/**
 * New objects lie in two halves of 1 MB, which V8 doubles when much of them lives on, up to 16 MB: some boards do not need that,
 * hundreds of boards would have collections all the time.
 */
const letYoungGrow = (may: boolean): void => setFlagsFromString(`--semi-space-growth-factor=${may ? 2 : 1}`);
