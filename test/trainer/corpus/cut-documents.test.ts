import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutDocuments } from '../../../trainer/corpus/cut-documents.ts';
import { type Delimiter, LINES, separatorLine } from '../../../trainer/corpus/delimiter.ts';
import { folderWith } from './corpus-files.ts';

async function cut(
  contents: string,
  delimiter: Delimiter,
  partBytes = Number.MAX_SAFE_INTEGER,
): Promise<string[]> {
  const path = join(folderWith({ file: contents }), 'file');
  const bytes = Buffer.from(contents);
  const found: string[] = [];
  for (let start = 0; start < bytes.length; start += partBytes) {
    const part = { path, gzip: false, start, end: Math.min(bytes.length, start + partBytes) };
    for await (const document of cutDocuments(part, delimiter)) {
      const text = document.bytes.toString();
      expect(bytes.subarray(document.offset, document.offset + document.bytes.length).toString()).toBe(text);
      found.push(text);
    }
  }
  return found;
}

describe('cutDocuments', () => {
  const mark = separatorLine('---');

  it('cuts at lines that hold nothing but the separator', async () => {
    expect(await cut('a\n---\nb --- c\n---d\n---\r\ne\r\n---', mark)).toEqual(['a', 'b --- c\n---d', 'e']);
    expect(await cut('---\na\n---\n---\nb\n', mark)).toEqual(['', 'a', '', 'b\n']);
    expect(await cut('one\n\ntwo', LINES)).toEqual(['one', '', 'two']);
  });

  it('finds the same documents in parts of any length', async () => {
    const pieces = fc.constantFrom('a', 'é', '\n', '\r\n', '---', '\n---\n', '\n---\r\n', 'bc', '-');
    const texts = fc.array(pieces, { minLength: 1, maxLength: 40 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 30 }), async (text, partBytes) => {
        for (const delimiter of [mark, LINES]) {
          expect(await cut(text, delimiter, partBytes)).toEqual(await cut(text, delimiter));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('cuts a document of more than 8 MB at a line, so that memory stays flat', async () => {
    const text = `${'x'.repeat(99)}\n`.repeat(200_000);
    const documents = await cut(text, mark);
    expect(documents.join('')).toBe(text);
    expect(documents.length).toBe(3);
    expect(documents.every((document) => document.length <= 8 << 20 && document.endsWith('\n'))).toBe(true);
    expect(await cut(text, mark, 5_000_000)).toEqual(documents);
  });
});
