/** Rows are numbered through the batch: row `sample * tokens + position`. Row-major everywhere. */
export interface TrainingBatch {
  /** (batch * tokens) token ids. Padding goes right; what it holds does not matter, but it must be ids. */
  readonly ids: Int32Array;
  /** Tokens of a sample; the session's unless given. Each new size of batch compiles a graph of its own, once. */
  readonly tokens?: number;
  /** (batch * lossPositions) rows to read, each within its own sample. */
  readonly lossRows: Int32Array;
  /** (batch * lossPositions) the token that should follow each of those rows. */
  readonly targets: Int32Array;
  /** (batch * lossPositions) what each counts; 0 for padding. The loss is the weighted mean. */
  readonly weight: Float32Array;
}

export interface ScoringBatch {
  /** (batch * tokens) */
  readonly ids: Int32Array;
  /** Tokens of a sample; the session's unless given. */
  readonly tokens?: number;
  /** (batch * positions) rows to read, each within its own sample. */
  readonly rows: Int32Array;
  /** (labels) vocabulary rows to score. */
  readonly headIds: Int32Array;
}

/** Sizes are part of the graph: ONNX Runtime then knows the shape of every intermediate. */
export interface BatchSize {
  /** Samples. */
  readonly batch: number;
  /** Tokens of each sample, padding included; at most the model's context. */
  readonly tokens: number;
  /** Rows of each sample at which the model is read. */
  readonly positions: number;
}

/** The size of a batch, which must be consistent: a row of another sample would silently be read with the wrong keys. */
export function sizeOf(ids: Int32Array, tokens: number, rows: Int32Array, vocab: number): BatchSize {
  const batch = ids.length / tokens;
  const positions = rows.length / batch;
  if (!Number.isInteger(batch) || !Number.isInteger(positions) || positions < 1) {
    throw new RangeError(`${ids.length} ids and ${rows.length} rows do not make samples of ${tokens} tokens`);
  }
  for (let i = 0; i < rows.length; i++) {
    const sample = Math.floor(i / positions);
    if (Math.floor(rows[i]! / tokens) !== sample) {
      throw new RangeError(`row ${rows[i]} is not of sample ${sample}`);
    }
  }
  checkIds(ids, vocab);
  return { batch, tokens, positions };
}

/** Refuses ids which are not rows of the token table. */
export function checkIds(ids: Int32Array, vocab: number): void {
  for (const id of ids) {
    if (id < 0 || id >= vocab) throw new RangeError(`token ${id} is not in a vocabulary of ${vocab}`);
  }
}

/** Scaled to sum to one, so that the loss is a weighted mean. */
export function normalised(weight: Float32Array): Float32Array {
  const total = weight.reduce((sum, w) => sum + w, 0);
  if (!(total > 0))
    throw new RangeError('a training batch needs at least one loss position of positive weight');
  return weight.map((w) => w / total);
}
