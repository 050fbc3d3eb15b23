import type { Value } from '../graph.ts';
import type { Trace } from '../tape.ts';

// gelu(x) = x sigmoid(LINEAR x + CUBIC x^3), the tanh form through tanh(u) = 2 sigmoid(2u) - 1.
export const LINEAR = 2 * Math.sqrt(2 / Math.PI);
export const CUBIC = 0.044715 * LINEAR;

/** GELU by GPT-2's tanh approximation (Hendrycks & Gimpel, 2016), elementwise. */
export function gelu(trace: Trace, x: Value): Value {
  const g = trace.graph;
  const y = g.node('Gelu', [x], x.shape, { attributes: { approximate: 'tanh' } });
  trace.record([x], [y], ([dy]) => {
    const elementwise = (opType: string, ...inputs: Value[]) => g.node(opType, inputs, x.shape);
    const square = elementwise('Mul', x, x);
    const slope = (cubic: number) =>
      elementwise('Add', elementwise('Mul', square, g.scalar(cubic)), g.scalar(LINEAR));
    const gate = elementwise('Sigmoid', elementwise('Mul', x, slope(CUBIC)));
    // y' = gate + y (1 - gate) (LINEAR + 3 CUBIC x^2)
    const open = elementwise('Mul', y, elementwise('Sub', g.scalar(1), gate));
    const derivative = elementwise('Add', gate, elementwise('Mul', open, slope(3 * CUBIC)));
    return [() => elementwise('Mul', dy!, derivative)];
  });
  return y;
}
