import type { Graph, Value } from './graph.ts';

/** Pairs of a value and a gradient that reaches it. */
export type Gradients = readonly (readonly [value: Value, gradient: Value])[];

/** Where ops write their nodes, and say how gradients flow back through them. */
export interface Trace {
  readonly graph: Graph;
  /** `backward` takes one gradient per output and returns what it adds to the inputs. */
  record(outputs: readonly Value[], backward: (gradients: readonly Value[]) => Gradients): void;
}

/** A trace for a graph that only runs forward. */
export const forwardOnly = (graph: Graph): Trace => ({ graph, record: () => {} });

/** Reverse-mode differentiation at graph-building time: the backward pass becomes nodes of the same graph. */
export class Tape implements Trace {
  readonly graph: Graph;
  readonly #steps: {
    readonly outputs: readonly Value[];
    readonly backward: (gradients: readonly Value[]) => Gradients;
  }[] = [];

  constructor(graph: Graph) {
    this.graph = graph;
  }

  record(outputs: readonly Value[], backward: (gradients: readonly Value[]) => Gradients): void {
    this.#steps.push({ outputs, backward });
  }

  /**
   * Walks the steps backwards from `seeds` and returns a lookup of the gradient at any value. A value used twice
   * gets the sum; asking for one that no gradient reached is a mistake in the program.
   */
  gradientsFrom(seeds: Gradients): (value: Value) => Value {
    const known = new Map<string, Value>();
    const add = (gradients: Gradients) => {
      for (const [value, gradient] of gradients) {
        const before = known.get(value.name);
        const sum = before && this.graph.node('Add', [before, gradient], gradient.shape);
        known.set(value.name, sum ?? gradient);
      }
    };
    const at = (value: Value): Value => {
      const gradient = known.get(value.name);
      if (gradient === undefined) throw new RangeError(`no gradient reaches ${value.name}`);
      return gradient;
    };
    add(seeds);
    for (const { outputs, backward } of this.#steps.toReversed()) add(backward(outputs.map(at)));
    return at;
  }
}
