import { columns } from '../commandline/columns.ts';
import { integer, orElse, parseFlags, required, text, toggle } from '../commandline/flags.ts';
import { configError, TinyError, usageError } from '../protocols/errors.ts';
import { ReadyCorpus } from '../trainer/corpus/ready-corpus.ts';
import { type CorpusTokens, openTokens } from '../trainer/corpus/shards.ts';
import { corpusNats } from '../trainer/engines/onnx/corpus-loss.ts';
import { TrainingSession } from '../trainer/engines/onnx/training-session.ts';
import { bitsPerByte } from '../trainer/engines/pretrain-job.ts';
import { KneserNey } from '../trainer/language/kneser-ney.ts';
import { type Base, openBase } from '../trainer/open-base.ts';

// A language model beside an interpolated Kneser-Ney trigram of the whole training split, in bits per byte of the same
// validation tokens: the first sequences of the split, as pre-training reads them. Each token is foretold from those before it in its
// sequence; the trigram's second figure may look at the token before the sequence as well, which the model may not.
//   npx tsx scripts/beside-trigram.ts --corpus runs/foundation/prepare --model runs/foundation/pretrain/model
//     --context 256      tokens of a sequence; the model's context unless given
//     --sequences 128    how many of them
//     --json             for machines

const ORDER = 3;
/** Sequences at once. */
const BATCH = 8;

interface Figures {
  readonly sequences: number;
  readonly context: number;
  /** Of the text of the tokens that are foretold. */
  readonly bytes: number;
  /** In bits per byte, as all that follows. */
  readonly model: number;
  readonly trigram: number;
  readonly trigramThatSeesMore: number;
}

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof TinyError)) throw error;
  process.stderr.write(`${error.message}\nhint: ${error.hint}\n`);
  return error.exitCode;
});

async function main(): Promise<number> {
  const { flags } = parseFlags(process.argv.slice(2), {
    corpus: required(text('DIR, such as runs/foundation/prepare')),
    model: required(text('DIR, such as runs/foundation/pretrain/model')),
    context: integer({ min: 2 }),
    sequences: orElse(integer({ min: 1 }), 128),
    threads: orElse(integer({ min: 1 }), 1),
    json: toggle(),
  });
  const corpus = await ReadyCorpus.open(flags.corpus);
  const base = await openBase(flags.model);
  if (base.tokenizer.hash !== corpus.tokenizer.hash) {
    throw configError(
      `${flags.model} has another tokenizer than the corpus ${flags.corpus}`,
      'give the corpus that the model was trained on, or one prepared with its tokenizer',
    );
  }
  const { context = base.shape.context } = flags;
  if (context > base.shape.context) {
    throw usageError(
      `${flags.model} reads ${base.shape.context} tokens at most`,
      `--context ${base.shape.context}, or less`,
    );
  }
  const { sequences, bytes } = await corpus.validationText(flags.sequences, context);
  const validation = await openTokens(flags.corpus, 'val');
  const model = await modelNats(base, validation, { sequences, context, threads: flags.threads });
  const trigram = await trigramNats(corpus, validation, { sequences, context });
  await validation.close();
  const figures: Figures = {
    sequences,
    context,
    bytes,
    model: bitsPerByte(model, bytes),
    trigram: bitsPerByte(trigram.nats, bytes),
    trigramThatSeesMore: bitsPerByte(trigram.natsWithMore, bytes),
  };
  process.stdout.write(flags.json ? `${JSON.stringify(figures)}\n` : table(figures));
  return 0;
}

async function modelNats(
  { shape, read }: Base,
  validation: CorpusTokens,
  { sequences, context, threads }: { sequences: number; context: number; threads: number },
): Promise<number> {
  const session = TrainingSession.forScoring({ shape, tokens: context, weights: await read(), threads });
  try {
    return await corpusNats(session, validation, { sequences, context, batch: BATCH });
  } finally {
    await session.release();
  }
}

async function trigramNats(
  corpus: ReadyCorpus,
  validation: CorpusTokens,
  { sequences, context }: { sequences: number; context: number },
): Promise<{ nats: number; natsWithMore: number }> {
  const train = await openTokens(corpus.folder, 'train');
  const trigram = KneserNey.train(await train.read(0, train.length), ORDER, corpus.tokenizer.vocabSize);
  await train.close();
  let [nats, natsWithMore] = [0, 0];
  for (let i = 0; i < sequences; i++) {
    const begin = i * context;
    const before = Math.min(begin, ORDER - 2);
    const tokens = await validation.read(begin - before, before + context + 1);
    nats += trigram.nats(tokens.subarray(before), 1);
    natsWithMore += trigram.nats(tokens, before + 1);
  }
  return { nats, natsWithMore };
}

function table({ sequences, context, bytes, model, trigram, trigramThatSeesMore }: Figures): string {
  const row = (name: string, bits: number) => [name, bits.toFixed(4), (bits - model).toFixed(4)];
  const rows = [
    ['', 'bits per byte', 'above the model'],
    row('model', model),
    row('Kneser-Ney trigram', trigram),
    row('.. that sees the token before', trigramThatSeesMore),
  ];
  return `${sequences} sequences of ${context} tokens, ${bytes} bytes of text\n${columns(rows)}\n`;
}
