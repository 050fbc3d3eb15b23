import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBundle } from '../../model/bundle.ts';
import { tokenTrie } from '../../model/grammar/token-trie.ts';
import { ModelRuntime } from '../../model/runtime/runtime.ts';
import { type CompletionRequest, complete } from '../../trainer/completion.ts';

const { folder, manifest, tokenizer } = await openBundle('models/gesture');
let runtime: ModelRuntime;
beforeAll(async () => {
  runtime = await ModelRuntime.start({
    modelPath: join(folder, manifest.variants[0]!.file),
    shape: manifest.shape,
    threads: 1,
    generation: { tokens: tokenTrie(tokenizer) },
  });
});
afterAll(() => runtime.close());

const request = (options: object, show: CompletionRequest['show'] = () => {}): CompletionRequest => ({
  prompt: 'Which hand',
  options: { maxTokens: 60, temperature: 0, seed: 1, ...options },
  show,
  signal: new AbortController().signal,
});

it('shows whole characters only, however their bytes are spread over tokens', async () => {
  const pieces: string[] = [];
  const sampled = { pattern: '(?:😀|é|→|a){12}', temperature: 30 };
  const { completion, tokens } = await complete(
    runtime,
    tokenizer,
    request(sampled, (piece) => pieces.push(piece)),
  );
  expect(completion).toMatch(/^(?:😀|é|→|a){12}$/u);
  expect(tokens.length).toBeGreaterThan(pieces.length);
  expect(pieces.join('')).toBe(completion);
  for (const piece of pieces) expect(piece).toMatch(/^[😀é→a]+$/u);
});

it('writes U+FFFD for bytes that are no character, and in the end for one that is cut short', async () => {
  const { completion, tokens } = await complete(runtime, tokenizer, request({ temperature: 60, seed: 3 }));
  expect(completion).toBe(tokenizer.decode(tokens));
  expect(completion).toContain('\ufffd');
});

it('stops when it is told to, with what it has', async () => {
  const controller = new AbortController();
  const seen: string[] = [];
  const stopped = await complete(runtime, tokenizer, {
    ...request({ pattern: 'a{50}' }),
    show: (piece) => {
      seen.push(piece);
      if (seen.length === 2) controller.abort();
    },
    signal: controller.signal,
  });
  expect(seen).toHaveLength(2);
  expect(stopped.completion).toBe(seen.join(''));
});

it('tells how long the first token took, and the rest', async () => {
  const startMs = performance.now();
  const { firstTokenMs, restMs } = await complete(runtime, tokenizer, request({ pattern: 'a{50}' }));
  expect(firstTokenMs).toBeGreaterThan(0);
  expect(restMs).toBeGreaterThan(0);
  expect(firstTokenMs + restMs).toBeLessThanOrEqual(performance.now() - startMs);
});
