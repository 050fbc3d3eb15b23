import { createHash } from 'node:crypto';

/** Bytes of a digest that make a number which a double holds exactly. */
const WEIGHT_BYTES = 6;

/**
 * The agent that a board belongs to: the one with the highest weight, where the weight is a hash of both names
 * (D. Thaler and C. Ravishankar, Using Name-Based Mappings to Increase Hit Rates, 1998: "rendezvous" or "highest random
 * weight" hashing). Whoever knows the same agents comes to the same owner, without asking anybody. An agent that
 * leaves gives away its own boards only; one that comes takes its fair share, from all the others alike.
 *
 * @returns undefined when there are no agents
 */
export function ownerOf(board: string, agents: Iterable<string>): string | undefined {
  let owner: string | undefined;
  let highest = -1;
  for (const agent of agents) {
    const weight = weightOf(board, agent);
    const wins = weight > highest || (weight === highest && agent > owner!);
    if (wins) [owner, highest] = [agent, weight];
  }
  return owner;
}

const weightOf = (board: string, agent: string): number =>
  createHash('sha256')
    .update(JSON.stringify([board, agent]))
    .digest()
    .readUIntBE(0, WEIGHT_BYTES);
