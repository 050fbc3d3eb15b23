import type { RandomStream } from '../../model/random.ts';
import { between } from './draw.ts';

/** One breath of a chest at rest: up while inhaling, perhaps held, down while exhaling, perhaps a pause. */
export interface Breath {
  /** Where the chest begins to rise .. */
  readonly inhaleS: number;
  /** .. where it has risen .. */
  readonly fullS: number;
  /** .. and where it begins to fall .. */
  readonly exhaleS: number;
  /** .. and where it has fallen. It rests from here to the next breath. */
  readonly emptyS: number;
  /** Level before and after the breath, and at its top. The usual depth of a breath is 1. */
  readonly beforeLevel: number;
  readonly topLevel: number;
  readonly afterLevel: number;
  /** Bends rise and fall: at 1 they are half cosines. */
  readonly riseBend: number;
  readonly fallBend: number;
}

/** How somebody breathes in one recording, before chance plays its part in every breath. */
interface Manner {
  /** Standard deviations, of the logarithm, from breath to breath. */
  readonly durationSd: number;
  readonly depthSd: number;
  /** Standard deviation of the level at which breaths end. */
  readonly restSd: number;
  /** Share of a breath that is spent inhaling, the hold at the top included. */
  readonly inhaleShare: number;
  /** Share of the inhalation that is held; share of the exhalation that is rest. */
  readonly holdShare: number;
  readonly restShare: number;
  readonly riseBend: number;
  readonly fallBend: number;
}

/** How much of a breath's deviation the next one keeps. */
const PERSISTENCE = 0.5;
/** A sigh, a pause: about one recording in so many has one. */
const SIGH_SHARE = 0.15;
const PAUSE_SHARE = 0.15;
const PAUSE_S = [1, 4] as const;
const SIGH_DEPTH = [1.5, 2.5] as const;

/**
 * Breaths one after the other until `endS`, the first under way at time 0. The priors are wide on purpose: adults at rest
 * breathe about 17 times a minute, inhale for .42 of a breath, and differ from breath to breath by about a fifth in duration
 * and a third in depth (Tobin et al., Chest 84, 1983; J Appl Physiol 65, 1988).
 */
export function drawBreaths(ratePerMin: number, endS: number, random: RandomStream): Breath[] {
  const manner = drawManner(random);
  const usualS = 60 / ratePerMin;
  const breaths: Breath[] = [];
  let deviation = random.normal();
  let inhaleS = -random.uniform() * usualS;
  let beforeLevel = manner.restSd * random.normal();
  const oddBreath = random.integer(Math.ceil(endS / usualS));
  const sighs = random.uniform() < SIGH_SHARE;
  const pauses = random.uniform() < PAUSE_SHARE;
  while (inhaleS < endS) {
    const durationS = usualS * Math.exp(manner.durationSd * deviation);
    const isOdd = breaths.length === oddBreath;
    const depth =
      Math.exp(manner.depthSd * random.normal()) * (isOdd && sighs ? between(SIGH_DEPTH, random) : 1);
    const exhaleS = inhaleS + manner.inhaleShare * durationS;
    const afterLevel = manner.restSd * random.normal();
    breaths.push({
      inhaleS,
      fullS: exhaleS - manner.holdShare * (exhaleS - inhaleS),
      exhaleS,
      emptyS: exhaleS + (1 - manner.restShare) * (1 - manner.inhaleShare) * durationS,
      beforeLevel,
      topLevel: (beforeLevel + afterLevel) / 2 + depth,
      afterLevel,
      riseBend: manner.riseBend,
      fallBend: manner.fallBend,
    });
    inhaleS += durationS + (isOdd && pauses ? between(PAUSE_S, random) : 0);
    beforeLevel = afterLevel;
    deviation = PERSISTENCE * deviation + Math.sqrt(1 - PERSISTENCE ** 2) * random.normal();
  }
  return breaths;
}

/** Some breathe like a clock, others never twice alike: what differs from breath to breath grows together. */
function drawManner(random: RandomStream): Manner {
  const unrest = random.uniform();
  return {
    durationSd: unrest * between([0, 0.25], random),
    depthSd: unrest * between([0, 0.4], random),
    restSd: unrest * between([0, 0.2], random),
    inhaleShare: between([0.3, 0.6], random),
    holdShare: between([0, 0.4], random),
    restShare: between([0, 0.4], random),
    riseBend: Math.exp(between([-0.5, 0.5], random)),
    fallBend: Math.exp(between([-0.5, 0.5], random)),
  };
}

/** Where the chest is at a time, in usual depths of a breath. The breaths are those of `drawBreaths`. */
export function chestLevel(breaths: readonly Breath[], timeS: number): number {
  const breath = breaths.findLast(({ inhaleS }) => inhaleS <= timeS) ?? breaths[0]!;
  const { inhaleS, fullS, exhaleS, emptyS, beforeLevel, topLevel, afterLevel } = breath;
  if (timeS < exhaleS) {
    const risen = halfCosine((timeS - inhaleS) / (fullS - inhaleS), breath.riseBend);
    return beforeLevel + risen * (topLevel - beforeLevel);
  }
  const fallen = halfCosine((timeS - exhaleS) / (emptyS - exhaleS), breath.fallBend);
  return topLevel + fallen * (afterLevel - topLevel);
}

/** From 0 at share 0 to 1 at share 1, level at both ends. */
const halfCosine = (share: number, bend: number): number =>
  (1 - Math.cos(Math.PI * Math.min(1, Math.max(0, share)) ** bend)) / 2;

/**
 * Breaths per minute in a stretch of time: 60 over the mean duration of its whole breaths, be they counted from
 * inhalation to inhalation or from exhalation to exhalation. Undefined where it holds no whole breath.
 */
export function breathingRate(breaths: readonly Breath[], fromS: number, toS: number): number | undefined {
  let whole = 0;
  let durationS = 0;
  for (const onset of ['inhaleS', 'exhaleS'] as const) {
    const within = breaths.map((breath) => breath[onset]).filter((timeS) => fromS <= timeS && timeS < toS);
    if (within.length < 2) continue;
    whole += within.length - 1;
    durationS += within.at(-1)! - within[0]!;
  }
  return whole === 0 ? undefined : (60 * whole) / durationS;
}
