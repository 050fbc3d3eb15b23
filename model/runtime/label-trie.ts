import type { Completion } from '../../protocols/prompt.ts';

/** A node of the trie that must be read: its row's logits choose among its children. */
interface Branch {
  /** Index into `LabelTrie.rows`, or -1 for the end of the prompt. */
  readonly row: number;
  /** The vocabulary ids of its children. */
  readonly children: readonly number[];
}

/** A token fed after the prompt so that a branch below the first one can be read. */
export interface TrieRow {
  readonly token: number;
  /** Index of the row before it, or -1 for the end of the prompt. */
  readonly parent: number;
  /** 0 for a row directly after the prompt. */
  readonly depth: number;
}

interface Node {
  readonly token: number;
  readonly children: Map<number, Node>;
}

/**
 * The closed set of answers as a trie of tokens. All answers are scored in the same run as the end of
 * the prompt: where answers part ways, the probability is shared among the ways that lead to one,
 * so the probabilities of all add up to one and an answer is never unparsable. Digits of numbers need no grammar
 * beside it: the values that are admitted are the trie.
 *
 * A task that asks several things has a trie for each, side by side: the probabilities of each add up to one.
 */
export class LabelTrie {
  readonly rows: readonly TrieRow[];
  /** Vocabulary ids whose logits are needed, without repeats. */
  readonly headIds: readonly number[];
  readonly #branches: readonly Branch[];
  /** For each completion, the choices on its way: branch index and child index. */
  readonly #ways: readonly (readonly { branch: number; child: number }[])[];

  constructor(completions: readonly Completion[]) {
    const roots = new Map<string | undefined, Node>();
    const written = completions.map(({ question, tokens }) => {
      const root = roots.get(question?.name) ?? { token: -1, children: new Map() };
      roots.set(question?.name, root);
      return { root, tokens: question ? [...question.tokens, ...tokens] : tokens };
    });
    for (const { root, tokens } of written) insert(root, tokens);

    const rows: TrieRow[] = [];
    const branches: Branch[] = [];
    const branchOf = new Map<Node, number>();
    const visit = (node: Node, row: number, depth: number): void => {
      if (node.children.size > 1) {
        branchOf.set(node, branches.length);
        branches.push({ row, children: [...node.children.keys()] });
      }
      for (const child of node.children.values()) {
        if (!hasBranch(child)) continue;
        rows.push({ token: child.token, parent: row, depth });
        visit(child, rows.length - 1, depth + 1);
      }
    };
    for (const root of roots.values()) visit(root, -1, 0);

    this.rows = rows;
    this.#branches = branches;
    this.headIds = [...new Set(branches.flatMap(({ children }) => children))];
    this.#ways = written.map(({ root, tokens }) => {
      const way: { branch: number; child: number }[] = [];
      let node = root;
      for (const token of tokens) {
        const branch = branchOf.get(node);
        if (branch !== undefined) way.push({ branch, child: branches[branch]!.children.indexOf(token) });
        node = node.children.get(token)!;
      }
      return way;
    });
  }

  /** The rows whose logits are read, in order: -1 for the end of the prompt, else an index into `rows`. */
  get readRows(): readonly number[] {
    return this.#branches.map(({ row }) => row);
  }

  /** Whether a row stands on the way from the prompt to `row`; both index `rows`. */
  isSelfOrAncestor(candidate: number, row: number): boolean {
    let at = row;
    while (at > candidate) at = this.rows[at]!.parent; // a parent comes before its children
    return at === candidate;
  }

  /**
   * Probability of each completion, in their order.
   * @param logits row-major (readRows, headIds)
   */
  probabilities(logits: Float32Array): Float64Array {
    const width = this.headIds.length;
    const shares = this.#branches.map(({ children }, b) => {
      const row = logits.subarray(b * width, (b + 1) * width);
      return softmax(children.map((id) => row[this.headIds.indexOf(id)]!));
    });
    return Float64Array.from(this.#ways, (way) =>
      way.reduce((p, { branch, child }) => p * shares[branch]![child]!, 1),
    );
  }
}

function insert(root: Node, tokens: readonly number[]): void {
  let node = root;
  for (const token of tokens) {
    let child = node.children.get(token);
    if (!child) {
      child = { token, children: new Map() };
      node.children.set(token, child);
    }
    node = child;
  }
}

const hasBranch = (node: Node): boolean =>
  node.children.size > 1 || [...node.children.values()].some((child) => hasBranch(child));

function softmax(logits: readonly number[]): number[] {
  const max = Math.max(...logits);
  const exps = logits.map((logit) => Math.exp(logit - max));
  const sum = exps.reduce((a, b) => a + b, 0);
  return exps.map((e) => e / sum);
}
