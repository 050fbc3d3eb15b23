import { describe, expect, it } from 'vitest';
import { schemas } from '../../scripts/schemas.ts';
import { readRepositoryFile } from '../architecture/files.ts';

describe('the JSON Schemas', () => {
  it.each([...schemas()])('%s is current', (path, text) => {
    // If not: npx tsx scripts/schemas.ts
    expect(readRepositoryFile(path)).toBe(text);
  });

  it('say of every key of an agent what it is for', () => {
    const schema = JSON.parse(readRepositoryFile('configs/schemas/agent.schema.json')) as JsonSchema;
    expect(keysWithoutWords(schema, '')).toEqual([]);
  });
});

interface JsonSchema {
  readonly description?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** A key that holds one word and no other, such as `kind: mqtt`, needs no more words. */
function keysWithoutWords(
  { properties = {}, items, anyOf = [], oneOf = [] }: JsonSchema,
  path: string,
): string[] {
  const inside = [...anyOf, ...oneOf, ...(items === undefined ? [] : [items])];
  const deeper = inside.flatMap((schema) => keysWithoutWords(schema, path));
  const own = Object.entries(properties).flatMap(([key, schema]) => {
    const isTold = schema.description !== undefined || schema.const !== undefined;
    return [...(isTold ? [] : [`${path}${key}`]), ...keysWithoutWords(schema, `${path}${key}.`)];
  });
  return [...own, ...deeper];
}
