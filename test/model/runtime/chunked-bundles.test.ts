import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBundle, readGolden, rowsFromJson } from '../../../model/bundle.ts';
import { RandomStream } from '../../../model/random.ts';
import { GptSession } from '../../../model/runtime/gpt-session.ts';
import { LabelScorer, scoringTask } from '../../../model/runtime/label-scorer.ts';
import { promptTokens } from '../../../protocols/prompt.ts';
import { promptWriter } from '../../../protocols/templates.ts';
import { MODELS, SHIPPED_BUNDLES } from '../shipped-models.ts';

const WINDOWS = 3;

describe.each(SHIPPED_BUNDLES)('a window of the bundle %s', (name) => {
  it('read by plan while it fills, beside another of its board, is scored bit for bit as at once, in every variant', async () => {
    const random = RandomStream.seeded(81);
    const bundle = await openBundle(join(MODELS, name));
    const { task, shape, variants } = bundle.manifest;
    const writer = promptWriter(task, bundle.tokenizer);
    const golden = (await readGolden(bundle)).slice(0, WINDOWS);
    const windows = golden.map(({ rows }) => promptTokens(writer, rowsFromJson(rows)));
    expect(windows.map(({ length }) => length)).toEqual(windows.map(() => writer.windowLength!.tokens));
    for (const { file } of variants) {
      const session = await GptSession.load(join(bundle.folder, file), shape, 1);
      const scorer = await LabelScorer.create(session, scoringTask(writer));
      const atOnce = [];
      for (const window of windows) {
        scorer.open(0);
        scorer.push(0, window);
        atOnce.push(await scorer.score(0));
      }
      // All windows open at once, as those of one board are that overlap: tokens come in pieces, a chunk is read when it can be.
      const fed = windows.map((_, i) => {
        scorer.open(i);
        return 0;
      });
      while (windows.some(({ length }, i) => fed[i]! < length)) {
        const i = random.integer(windows.length);
        const piece = 1 + random.integer(7);
        scorer.push(i, windows[i]!.slice(fed[i]!, fed[i]! + piece));
        fed[i]! += piece;
        const [chunk] = scorer.readable();
        if (chunk) await scorer.read(chunk.sequence);
      }
      for (const [i, expected] of atOnce.entries()) expect(await scorer.score(i)).toEqual(expected);
      await session.release();
    }
  });
});
