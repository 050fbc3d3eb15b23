import type { Campaign } from './campaign.ts';
import { fuzz } from './fuzz.ts';
import { kill } from './kill.ts';
import { serial } from './serial.ts';
import { soak } from './soak.ts';
import { swap } from './swap.ts';

/** All campaigns, in the order in which docs/campaigns.md tells of them. */
export const CAMPAIGNS: readonly Campaign[] = [kill, serial, fuzz, soak, swap];
