import { InferenceSession, Tensor } from 'onnxruntime-node';
import { adapterSites, DropoutMasks, dropoutSites } from './dropout.ts';
import { asTensors, headTensors } from './learnt-tensors.ts';
import type { Parameters } from './parameters.ts';
import type { BatchSize } from './training-batch.ts';
import { trainingGraph } from './training-graph.ts';
import type { TrainingOptions } from './training-options.ts';

interface RowGradients {
  /** (batch * tokens, width) for the row of each id. */
  readonly embedded: Float32Array;
  /** (batch * positions, width) for the row of each target. */
  readonly expected: Float32Array;
}

/** A training graph of one batch size, and where its results go. */
export interface CompiledStep {
  readonly session: InferenceSession;
  readonly fetches: Readonly<Record<string, Tensor>>;
  readonly lossNats: Float32Array;
  /** What is to be added to rows of the token table's gradient; null where it is not trained. */
  readonly rowGradients: RowGradients | null;
  readonly masks: DropoutMasks | null;
}

/** @param parameters into whose gradient the graph writes */
export async function compileStep(
  size: BatchSize,
  options: Pick<TrainingOptions, 'shape' | 'threads' | 'labelSmoothing' | 'dropout' | 'lora'>,
  parameters: Parameters,
): Promise<CompiledStep> {
  const { shape, threads, labelSmoothing = 0, dropout } = options;
  const lora = options.lora?.settings;
  const isDropping = dropout !== undefined && dropout.rate > 0;
  const sites = [
    ...(isDropping ? dropoutSites(shape, size, dropout.rate) : []),
    ...(lora && lora.dropout > 0 ? adapterSites(shape, size, lora) : []),
  ];
  const lossNats = new Float32Array(1);
  const gradients = parameters.views('gradient');
  const results = asTensors(parameters.slots, gradients, size.tokens);
  let rowGradients: RowGradients | null = null;
  if (!lora) {
    const { batch, tokens, positions } = size;
    const rows = (count: number) => new Float32Array(batch * count * shape.width);
    rowGradients = { embedded: rows(tokens), expected: rows(positions) };
    for (const [name, values] of Object.entries(rowGradients)) {
      results[name] = new Tensor('float32', values, [values.length / shape.width, shape.width]);
    }
    delete results['wte.weight'];
    Object.assign(results, headTensors(shape, gradients.get('wte.weight')!));
  }
  return {
    session: await openGraph(
      trainingGraph(shape, size, { labelSmoothing, dropout: isDropping, lora }),
      threads,
    ),
    fetches: {
      loss: new Tensor('float32', lossNats, []),
      ...Object.fromEntries(Object.entries(results).map(([name, tensor]) => [`gradient.${name}`, tensor])),
    },
    lossNats,
    rowGradients,
    masks: sites.length > 0 ? new DropoutMasks(sites) : null,
  };
}

export const openGraph = (graph: Uint8Array, threads = 1): Promise<InferenceSession> =>
  InferenceSession.create(graph, {
    intraOpNumThreads: threads,
    // A plan for all buffers at once holds a fifth to a third more memory and is no faster.
    enableMemPattern: false,
    logSeverityLevel: 3,
    // Waiting threads sleep: spinning ones halve the speed as soon as something else wants a core.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
