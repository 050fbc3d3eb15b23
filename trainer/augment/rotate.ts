import { z } from 'zod';
import type { RandomStream } from '../../model/random.ts';
import type { Recording } from '../../protocols/recording.ts';

const triple = z.tuple([z.string(), z.string(), z.string()]);

/** A strap worn otherwise: axis triples are turned together about a random axis, by sigmaRad * normal. */
export const rotation = z.strictObject({
  kind: z.literal('rotate'),
  triples: z.array(triple).min(1),
  sigmaRad: z.number().positive(),
});

export function rotated(
  recording: Recording,
  { triples, sigmaRad }: z.infer<typeof rotation>,
  random: RandomStream,
): Recording {
  const { channels } = recording;
  const width = channels.length;
  const matrix = rotationMatrix(randomAxis(random), sigmaRad * random.normal());
  const values = recording.values.slice();
  for (const names of triples) {
    const [x, y, z] = names.map((name) => channels.indexOf(name)) as [number, number, number];
    for (let at = 0; at < values.length; at += width) {
      const [vx, vy, vz] = [values[at + x]!, values[at + y]!, values[at + z]!];
      for (const [row, c] of [x, y, z].entries()) {
        const [a, b, d] = matrix[row]!;
        values[at + c] = a * vx + b * vy + d * vz;
      }
    }
  }
  return { ...recording, values };
}

type Vector = readonly [number, number, number];

/** Uniform on the sphere. */
function randomAxis(random: RandomStream): Vector {
  const v = [random.normal(), random.normal(), random.normal()] as const;
  const length = Math.hypot(...v);
  return [v[0] / length, v[1] / length, v[2] / length];
}

/** Rodrigues' formula: rotation by `angleRad` about a unit axis. */
function rotationMatrix([x, y, z]: Vector, angleRad: number): readonly [Vector, Vector, Vector] {
  const c = Math.cos(angleRad);
  const s = Math.sin(angleRad);
  const t = 1 - c;
  return [
    [t * x * x + c, t * x * y - s * z, t * x * z + s * y],
    [t * x * y + s * z, t * y * y + c, t * y * z - s * x],
    [t * x * z - s * y, t * y * z + s * x, t * z * z + c],
  ];
}
