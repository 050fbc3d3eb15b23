import { type Answer, answerOf, labelsOf, numbersOf } from '../protocols/answers.ts';
import { promptTokens } from '../protocols/prompt.ts';
import type { FittedTask } from '../protocols/task.ts';
import { promptWriter } from '../protocols/templates.ts';
import { type Bundle, type BundleVariant, type GoldenExample, readGolden, rowsFromJson } from './bundle.ts';
import { modelFiles } from './model-files.ts';
import { scoringTask } from './runtime/label-scorer.ts';
import { ModelRuntime } from './runtime/runtime.ts';

/** How one golden example came out on this machine. */
export interface GoldenResult {
  readonly id: string;
  readonly variant: string;
  readonly tokensEqual: boolean;
  /** Greatest difference from what the bundle says: of a probability, or of a number as a share of its range. */
  readonly largestError: number;
  readonly ok: boolean;
}

/** Processors differ in the last bits of a float; an answer that moves more than this is another model. */
const PROBABILITY_TOLERANCE = 1e-3;
/** .. which may tip the rounding of an activation to 8 bits, and that moves the answer further. */
const QUANTISED_TOLERANCE = 2e-2;

/** Run every golden example through every variant: does this machine answer as the trainer's did? */
export async function verifyGolden(bundle: Bundle): Promise<GoldenResult[]> {
  const golden = await readGolden(bundle);
  const results: GoldenResult[] = [];
  for (const variant of bundle.manifest.variants)
    results.push(...(await verifyVariant(bundle, variant, golden)));
  return results;
}

async function verifyVariant(
  bundle: Bundle,
  variant: BundleVariant,
  golden: readonly GoldenExample[],
): Promise<GoldenResult[]> {
  const { task, shape, variants } = bundle.manifest;
  const isFirst = variant.name === variants[0]!.name;
  const tolerance = variant.name === 'fp32' ? PROBABILITY_TOLERANCE : QUANTISED_TOLERANCE;
  const writer = promptWriter(task, bundle.tokenizer);
  const runtime = await ModelRuntime.start({
    ...modelFiles(bundle, variant.name),
    shape,
    threads: 1,
    task: scoringTask(writer),
  });
  try {
    const results: GoldenResult[] = [];
    for (const example of golden) {
      const tokens = promptTokens(writer, rowsFromJson(example.rows));
      const sequence = runtime.open();
      sequence.push(tokens);
      const answer = answerOf(task.spec.answers, await sequence.score());
      const largestError = Math.max(
        ...labelErrors(task, answer, isFirst ? example.probs : example.variantProbs?.[variant.name]),
        ...numberErrors(task, answer, isFirst ? example.values : example.variantValues?.[variant.name]),
      );
      const tokensEqual =
        tokens.length === example.tokens.length && tokens.every((t, i) => t === example.tokens[i]);
      results.push({
        id: example.id,
        variant: variant.name,
        tokensEqual,
        largestError,
        ok: tokensEqual && largestError <= tolerance,
      });
    }
    return results;
  } finally {
    await runtime.close();
  }
}

type Expected = Readonly<Record<string, number>> | undefined;

const labelErrors = ({ spec }: FittedTask, { probs }: Answer, expected: Expected): number[] =>
  labelsOf(spec.answers).map((label) => Math.abs(probs[label]! - (expected?.[label] ?? 0)));

/** A number that the bundle says nothing of is as far off as can be. */
const numberErrors = ({ spec }: FittedTask, { value }: Answer, expected: Expected): number[] =>
  numbersOf(spec.answers).map(({ name, min, max }) => {
    const mean = expected?.[name];
    return mean === undefined ? 1 : Math.abs(value![name]!.mean - mean) / (max - min);
  });
