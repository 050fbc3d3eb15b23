import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trainBpe } from '../../../model/bpe-trainer.ts';
import { type GptWeights, gptTensors, tensorSize } from '../../../model/weights.ts';
import { heldOutText, readHeldOutText } from '../../../trainer/language/held-out-text.ts';
import {
  type LanguageReport,
  languageReport,
  languageTask,
} from '../../../trainer/language/language-report.ts';
import { languageReportText } from '../../../trainer/language/language-text.ts';
import { textNats } from '../../../trainer/language/text-nats.ts';
import { modelOfWeights } from '../../../trainer/text-model.ts';
import {
  loadSession,
  logProbabilities,
  modelFile,
  opinionatedWeights,
  SHAPE,
  temporaryFolder,
} from '../../model/runtime/random-model.ts';
import { REPOSITORY } from '../../tools.ts';
import { folderWith } from '../corpus/corpus-files.ts';

const prose = readFileSync(join(REPOSITORY, 'docs/operations.md'), 'utf8');
const tokenizer = trainBpe([prose], { vocabSize: SHAPE.vocab });
const { signal } = new AbortController();

const using = <T>(weights: GptWeights, work: (reader: Parameters<typeof textNats>[0]) => Promise<T>) =>
  modelOfWeights('a test', { shape: SHAPE, tokenizer, read: async () => weights }).use(
    { threads: 1 },
    (runtime) => work({ runtime, shape: SHAPE, tokenizer }),
  );

const ignorant: GptWeights = new Map(
  gptTensors(SHAPE).map((spec) => [spec.name, new Float32Array(tensorSize(spec))]),
);

describe('a model that knows nothing', () => {
  it('is as perplexed as there are tokens, and needs as many bits as they have', async () => {
    const text = heldOutText('a text', [prose.slice(0, 3000), '', 'Grüße 🙂'], 1e6);
    const report = await using(ignorant, (reader) =>
      languageReport(reader, languageTask(text, 0), { signal }),
    );
    expect(text.bytes).toBe(Buffer.byteLength(`${prose.slice(0, 3000)}Grüße 🙂`));
    const tokens = text.documents.reduce((sum, document) => sum + tokenizer.encode(document).length, 0);
    expect(report).toMatchObject({ text: 'a text', documents: 2, bytes: text.bytes, tokens });
    expect(report.perplexity).toBeCloseTo(SHAPE.vocab, 3);
    expect(report.bitsPerByte).toBeCloseTo((tokens * Math.log2(SHAPE.vocab)) / text.bytes, 6);
    expect(report.cloze.nextWord).toEqual({ n: 0, accuracy: null, ci95: null, chance: 0.25 });
  });
});

describe('a text that is longer than the context', () => {
  it('is foretold in windows: each token once, from half a context of tokens at least', async () => {
    const { context } = SHAPE;
    const session = await loadSession(modelFile(temporaryFolder()));
    const document = prose.slice(0, 1200);
    const tokens = [tokenizer.endOfText, ...tokenizer.encode(document)];
    expect(tokens.length).toBeGreaterThan(2 * context);
    let expected = 0;
    let start = 0;
    for (let at = 1; at < tokens.length; at++) {
      if (at - start > context) start = at - context / 2;
      const logP = await logProbabilities(session, tokens.slice(start, at));
      expected -= logP[tokens[at]!]!;
    }
    await session.release();
    const found = await using(opinionatedWeights(), (reader) => textNats(reader, document, signal));
    expect(found.tokens).toBe(tokens.length - 1);
    expect(found.nats).toBeCloseTo(expected, 1);
  });
});

describe('the questions of a report', () => {
  it('are the same for every model, and their answers for the same model', async () => {
    const text = heldOutText('operations', [prose], 1e6);
    const task = languageTask(text, 8);
    expect(languageTask(text, 8)).toEqual(task);
    const report = () => using(opinionatedWeights(), (reader) => languageReport(reader, task, { signal }));
    const [first, again] = [await report(), await report()];
    expect(again).toEqual(first);
    for (const name of ['nextWord', 'sentenceOrder'] as const) {
      const { n, accuracy, ci95 } = first.cloze[name];
      expect(n).toBe(task.questions[name].length);
      expect(n).toBeGreaterThan(3);
      expect(accuracy! * n).toBeCloseTo(Math.round(accuracy! * n), 9);
      expect(ci95![0]).toBeLessThanOrEqual(accuracy!);
      expect(ci95![1]).toBeGreaterThan(ci95![0]);
    }
  });

  it('are told as a table', () => {
    const figures = { n: 2, accuracy: 0.5, ci95: [0.1, 0.9] as const, chance: 0.25 };
    const none = { n: 0, accuracy: null, ci95: null, chance: 0.25 };
    const report: LanguageReport = {
      ...{
        text: 'val.txt',
        documents: 3,
        bytes: 1_250_000,
        tokens: 400_000,
        bitsPerByte: 1.5,
        perplexity: 25,
      },
      cloze: { nextWord: figures, nextSentence: figures, sentenceOrder: none },
    };
    expect(languageReportText(new Map([['int8', report]]))).toBe(
      'val.txt: 1.25 MB in 3 documents. Questions with four choices, 2 of next word, 2 of next sentence, 0 of sentence order; ' +
        'chance is 0.25, in brackets the 95 % interval.\n' +
        '  variant  bits per byte  perplexity               next word           next sentence  sentence order\n' +
        '  int8            1.5000       25.00  0.500 (0.100 to 0.900)  0.500 (0.100 to 0.900)            none\n',
    );
  });
});

describe('held-out text', () => {
  const parted = 'a long document of many words\n<|endoftext|>\nshort\n<|endoftext|>\nünïcödé\n';

  it('is the documents of a file; when it is too much, the longest give way', async () => {
    const path = join(folderWith({ 'val.txt': parted }), 'val.txt');
    const whole = await readHeldOutText(path, 1e6);
    expect(whole).toEqual({
      name: path,
      documents: ['a long document of many words', 'short', 'ünïcödé'],
      bytes: 29 + 5 + 11,
    });
    expect((await readHeldOutText(path, 22)).documents).toEqual(['a long d', 'short', 'ünïcö']);
  });

  it('is refused where it is none', async () => {
    const folder = folderWith({ 'empty.txt': ' \n', 'latin1.txt': Buffer.from('fa\xe7ade', 'latin1') });
    await expect(readHeldOutText(join(folder, 'empty.txt'), 1e6)).rejects.toThrow('empty.txt holds no text');
    await expect(readHeldOutText(join(folder, 'latin1.txt'), 1e6)).rejects.toThrow(
      'latin1.txt: the document at byte 0 is not UTF-8',
    );
    await expect(readHeldOutText(join(folder, 'none.txt'), 1e6)).rejects.toThrow('none.txt cannot be read');
  });
});
