import { type Figure, figure } from '../../figures.ts';
import { isInstalled } from '../../peers/node-llama-cpp.ts';
import { PinnedProcess } from '../../pinned-process.ts';
import type { Identity } from '../identity-process.ts';

/** Trained, of those that ship. */
const BUNDLES = ['gesture', 'swim'] as const;

/** Whether both programs write the same greedy tokens with the same trained weights in float32. */
export async function identityFigures(): Promise<Figure[]> {
  if (!isInstalled()) return [];
  const process = new PinnedProcess('serve/identity-process', '0');
  const figures: Figure[] = [];
  try {
    for (const bundle of BUNDLES) {
      const { prompts, tokens, identical } = await process.ask<Identity>({ bundle });
      figures.push(
        figure({
          name: `models/${bundle} fp32: greedy tokens that are llama.cpp's`,
          unit: '%',
          ours: (100 * identical) / tokens,
          target: { least: 100 },
          note: `${identical} of ${tokens} after ${prompts} prompts`,
        }),
      );
    }
  } finally {
    await process.end();
  }
  return figures;
}
