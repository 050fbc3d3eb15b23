import { usageError } from '../../protocols/errors.ts';
import type { Pattern } from './pattern.ts';
import { type ByteSequence, utf8Sequences } from './utf8-sequences.ts';

/** From the state in whose list it stands, over one byte in [low, high]. */
export interface ByteEdge {
  readonly low: number;
  readonly high: number;
  readonly to: number;
}

/** A nondeterministic automaton over the bytes of UTF-8. States are indices into both lists. */
export interface ByteNfa {
  readonly edges: readonly (readonly ByteEdge[])[];
  /** Where one may go without reading a byte. */
  readonly jumps: readonly (readonly number[])[];
  readonly start: number;
  readonly accept: number;
}

const MAX_STATES = 50_000;

/**
 * The automaton of a pattern. Its end can be reached from every state.
 *
 * Source: Thompson, "Regular Expression Search Algorithm", 1968.
 *
 * @throws TinyError exit status 2 when it would be too large, which takes counts like `(.{1000}){1000}`
 */
export function byteNfa(pattern: Pattern): ByteNfa {
  const nfa = new Builder();
  const start = nfa.state();
  const accept = nfa.state();
  nfa.path(pattern, start, accept);
  return { edges: nfa.edges, jumps: nfa.jumps, start, accept };
}

class Builder {
  readonly edges: ByteEdge[][] = [];
  readonly jumps: number[][] = [];

  state(): number {
    if (this.edges.length === MAX_STATES) {
      throw usageError('the pattern is too large', 'repeat less often: {m,n} stands for n copies');
    }
    this.jumps.push([]);
    return this.edges.push([]) - 1;
  }

  /** Add what leads from one state to another over the texts of a pattern. */
  path(pattern: Pattern, from: number, to: number): void {
    switch (pattern.kind) {
      case 'character':
        this.#character(utf8Sequences(pattern.of), from, to);
        break;
      case 'sequence':
        this.#sequence(pattern.parts, from, to);
        break;
      case 'either':
        for (const way of pattern.ways) this.path(way, from, to);
        break;
      case 'repeated':
        this.#repeated(pattern, from, to);
    }
  }

  #sequence(parts: readonly Pattern[], from: number, to: number): void {
    let at = from;
    for (const part of parts) {
      const next = this.state();
      this.path(part, at, next);
      at = next;
    }
    this.#jump(at, to);
  }

  #repeated({ part, min, max }: Extract<Pattern, { kind: 'repeated' }>, from: number, to: number): void {
    let at = from;
    for (let i = 0; i < min; i++) at = this.#once(part, at);
    if (max === Number.POSITIVE_INFINITY) {
      const loop = this.state(); // of its own: other ways may lead to `at`, which must not go round
      this.#jump(at, loop);
      this.#jump(this.#once(part, loop), loop);
      at = loop;
    } else {
      for (let i = min; i < max; i++) {
        this.#jump(at, to);
        at = this.#once(part, at);
      }
    }
    this.#jump(at, to);
  }

  /** The state after one more copy. */
  #once(part: Pattern, from: number): number {
    const next = this.state();
    this.path(part, from, next);
    return next;
  }

  /** Sequences share the states of equal endings: two for `.` instead of a dozen. */
  #character(sequences: readonly ByteSequence[], from: number, to: number): void {
    const beforeEnding = new Map<string, number>();
    for (const sequence of sequences) {
      let at = to;
      let ending = '';
      for (const [low, high] of sequence.slice(1).reverse()) {
        ending += `${low}-${high} `;
        let before = beforeEnding.get(ending);
        if (before === undefined) {
          before = this.state();
          this.edges[before]!.push({ low, high, to: at });
          beforeEnding.set(ending, before);
        }
        at = before;
      }
      const [low, high] = sequence[0]!;
      this.edges[from]!.push({ low, high, to: at });
    }
  }

  #jump(from: number, to: number): void {
    this.jumps[from]!.push(to);
  }
}
