import type { Graph, Value } from './graph.ts';

/** Pairs of a value and a gradient that reaches it. */
export type Gradients = readonly (readonly [value: Value, gradient: Value])[];

/** Takes one gradient per output; gives one per input, each made only when it is needed. */
export type Backward = (gradients: readonly Value[]) => readonly (() => Value)[];

/** Where ops write their nodes, and say how gradients flow back through them. */
export interface Trace {
  readonly graph: Graph;
  /** `inputs` are those that a gradient can flow back to. */
  record(inputs: readonly Value[], outputs: readonly Value[], backward: Backward): void;
}

/** A trace for a graph that only runs forward. */
export const forwardOnly = (graph: Graph): Trace => ({ graph, record: () => {} });

interface Step {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly backward: Backward;
}

/** Reverse-mode differentiation at graph-building time: the backward pass becomes nodes of the same graph. */
export class Tape implements Trace {
  readonly graph: Graph;
  readonly #steps: Step[] = [];

  constructor(graph: Graph) {
    this.graph = graph;
  }

  record(inputs: readonly Value[], outputs: readonly Value[], backward: Backward): void {
    this.#steps.push({ inputs, outputs, backward });
  }

  /**
   * Walks the steps backwards from `seeds` and returns a lookup of the gradient at any value. A value used twice
   * gets the sum; asking for one that no gradient reached is a mistake in the program.
   *
   * @param wanted the values whose gradients will be asked for: nothing is computed that does not lead to one of them.
   *   Without it, every gradient is.
   */
  gradientsFrom(seeds: Gradients, wanted?: readonly Value[]): (value: Value) => Value {
    const isNeeded = wanted === undefined ? () => true : this.#dependents(wanted);
    const known = new Map<string, Value>();
    const add = (value: Value, gradient: Value) => {
      const before = known.get(value.name);
      const sum = before && this.graph.node('Add', [before, gradient], gradient.shape);
      known.set(value.name, sum ?? gradient);
    };
    const at = (value: Value): Value => {
      const gradient = known.get(value.name);
      if (gradient === undefined) throw new RangeError(`no gradient reaches ${value.name}`);
      return gradient;
    };
    for (const [value, gradient] of seeds) add(value, gradient);
    for (const { inputs, outputs, backward } of this.#steps.toReversed()) {
      if (!inputs.some(isNeeded)) continue;
      const gradients = backward(outputs.map(at));
      // All of them before any is added up: the order of nodes is the order they run in.
      const reaching = inputs.flatMap((input, i) =>
        isNeeded(input) ? [[input, gradients[i]!()] as const] : [],
      );
      for (const [input, gradient] of reaching) add(input, gradient);
    }
    return at;
  }

  /** Whether a value is one of these, or computed from one. */
  #dependents(values: readonly Value[]): (value: Value) => boolean {
    const names = new Set(values.map(({ name }) => name));
    const isDependent = ({ name }: Value): boolean => names.has(name);
    for (const { inputs, outputs } of this.#steps) {
      if (inputs.some(isDependent)) for (const { name } of outputs) names.add(name);
    }
    return isDependent;
  }
}
