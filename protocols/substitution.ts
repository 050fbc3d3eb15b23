import { type Document, isPair, isScalar, isSeq, type Node, type Scalar, type ScalarTag, visit } from 'yaml';

/**
 * What a file may take from outside itself: `${NAME}` and `${NAME:-default}` from the environment (as Docker Compose
 * writes them; `$$` is a dollar sign), `!secret name` from secrets.yaml beside it (as Home Assistant and ESPHome do).
 */
export interface Outside {
  readonly variables?: Readonly<Record<string, string | undefined>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly tags: ScalarTag[];
}

/** Tasks and recipes are the same on every machine: nothing in them comes from outside. */
export const nothingOutside: Outside = { tags: [] };

const SECRET = '!secret';
const secretTag: ScalarTag = { tag: SECRET, resolve: (name) => name };

export const fromOutside = (
  variables: Readonly<Record<string, string | undefined>>,
  secrets: Readonly<Record<string, string>>,
): Outside => ({ variables, secrets, tags: [secretTag] });

export interface Substituted {
  /** Keys of the scalars that were changed. */
  readonly substituted: readonly (readonly PropertyKey[])[];
  readonly secrets: readonly string[];
  /** What is not there, by its place: characters from the start of the file. */
  readonly mistakes: readonly { readonly offset: number; readonly problem: string }[];
}

/** Put what comes from outside into a document, in place. Names of keys are left as they are. */
export function substitute(document: Document, { variables, secrets }: Outside): Substituted {
  const substituted: (readonly PropertyKey[])[] = [];
  const used: string[] = [];
  const mistakes: { offset: number; problem: string }[] = [];
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === 'key' || typeof node.value !== 'string') return;
      const isSecret = secrets !== undefined && node.tag === SECRET;
      if (!isSecret && (variables === undefined || !node.value.includes('$'))) return;
      try {
        if (isSecret) {
          node.value = secretOf(secrets, node.value as string);
          used.push(node.value as string);
        } else node.value = interpolated(node.value, variables!);
        substituted.push(keysTo(node, ancestors as readonly Node[]));
      } catch (error) {
        if (!(error instanceof NotThere)) throw error;
        mistakes.push({ offset: node.range?.[0] ?? 0, problem: error.message });
      }
    },
  });
  return { substituted, secrets: used, mistakes };
}

class NotThere extends Error {}

function secretOf(secrets: Readonly<Record<string, string>>, name: string): string {
  if (Object.hasOwn(secrets, name)) return secrets[name]!;
  const names = Object.keys(secrets);
  throw new NotThere(
    `there is no secret "${name}"; ${names.length === 0 ? 'secrets.yaml is missing or empty' : `secrets.yaml has ${names.join(', ')}`}`,
  );
}

/** A `$` that begins neither is a mistake in all likelihood, and harmless: it stands for itself. */
const REFERENCE = /\$\$|\$\{([^}]*)\}/g;
const NAME = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?-)(.*))?$/s;

function interpolated(text: string, variables: Readonly<Record<string, string | undefined>>): string {
  return text.replace(REFERENCE, (reference, inner?: string) => {
    if (inner === undefined) return '$';
    const [, name, rule, preset] = NAME.exec(inner) ?? [];
    if (name === undefined)
      throw new NotThere(`${reference} is no variable: write \${NAME}, or $$ for a dollar sign`);
    const value = variables[name];
    // `:-` stands in for an empty variable too (POSIX shell, 2.6.2).
    const isGiven = value !== undefined && !(rule === ':-' && value === '');
    if (isGiven) return value;
    if (preset !== undefined) return preset;
    throw new NotThere(`the variable ${name} is not set`);
  });
}

function keysTo(node: Scalar, ancestors: readonly Node[]): PropertyKey[] {
  const keys: PropertyKey[] = [];
  const chain: readonly unknown[] = [...ancestors, node];
  for (const [i, item] of chain.entries()) {
    if (isPair(item) && isScalar(item.key)) keys.push(item.key.value as string);
    else if (isSeq(item)) keys.push(item.items.indexOf(chain[i + 1]));
  }
  return keys;
}
