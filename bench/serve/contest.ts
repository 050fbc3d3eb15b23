import { median } from '../../pipeline/measure/quantiles.ts';
import { GGUF_TYPES, type GgufType, type ModelSize, VARIANTS, type Variant } from './models.ts';
import type { ModelChoice } from './program.ts';
import type { RemoteProgram } from './remote-program.ts';

/** Both programs on the same cores, with the same weights. */
export interface Arena<Size = ModelSize, Program = RemoteProgram> {
  readonly size: Size;
  readonly threads: number;
  readonly ours: Program;
  /** Absent where it is not installed. */
  readonly llama: Program | undefined;
  /** How often all of them have their turn. */
  readonly rounds: number;
}

/** The medians of a contest, by how each program keeps the weights. */
export interface Medians {
  readonly ours: Readonly<Partial<Record<Variant, number>>>;
  readonly llama: Readonly<Partial<Record<GgufType, number>>>;
}

export interface Entrants {
  readonly ours?: readonly Variant[];
  readonly llama?: readonly GgufType[];
}

/** Asks a program for one figure of one model. */
export type Measure<Program> = (program: Program, model: ModelChoice) => Promise<number>;

/**
 * Measures all entrants in turn, round after round, forwards and backwards, so that whatever else the machine is busy with
 * hits all of them. The first round warms up and does not count.
 */
export async function contest<Program>(
  { size, threads, ours, llama, rounds }: Arena<ModelSize, Program>,
  entrants: Entrants,
  measure: Measure<Program>,
): Promise<Medians> {
  const { ours: variants = VARIANTS, llama: types = GGUF_TYPES } = entrants;
  const turns = [
    ...variants.map((format) => ({ format, program: ours, figures: [] as number[] })),
    ...(llama ? types.map((format) => ({ format, program: llama, figures: [] as number[] })) : []),
  ];
  for (let round = 0; round <= rounds; round++) {
    for (const { format, program, figures } of round % 2 === 0 ? turns : turns.toReversed()) {
      const figure = await measure(program, { size, format, threads });
      if (round > 0) figures.push(figure);
    }
  }
  const mediansOf = (program: Program | undefined): Record<string, number> =>
    Object.fromEntries(
      turns
        .filter((turn) => turn.program === program)
        .map(({ format, figures }) => [format, median(figures)]),
    );
  return { ours: mediansOf(ours), llama: llama ? mediansOf(llama) : {} };
}
