import { columns } from '../commandline/columns.ts';
import { integer, number, orElse, parseFlags, required, text, toggle } from '../commandline/flags.ts';
import type { BpeTokenizer } from '../model/tokenizer.ts';
import { configError, TinyError } from '../protocols/errors.ts';
import { ReadyCorpus } from '../trainer/corpus/ready-corpus.ts';
import { openTokens } from '../trainer/corpus/shards.ts';
import { bitsPerByte } from '../trainer/engines/pretrain-job.ts';
import { type HeldOutText, readHeldOutText } from '../trainer/language/held-out-text.ts';
import { KneserNey } from '../trainer/language/kneser-ney.ts';
import { textNats } from '../trainer/language/text-nats.ts';
import { openTextModel, type TextModel } from '../trainer/text-model.ts';

// A language model beside an interpolated Kneser-Ney trigram of the training split that it was trained on, in bits per byte of the
// same held-out documents. Both foretell every token of a document from those before it, the model as far as its context goes
// (trainer/language/text-nats.ts).
//   npx tsx scripts/beside-trigram.ts --corpus runs/language-small/prepare --model runs/language-small/pretrain/model --text val.txt
//     --max-mb 0.5       read no more of the text; the longest documents are cut first
//     --threads 1        cores for the model
//     --json             for machines

const ORDER = 3;

interface Figures {
  readonly documents: number;
  readonly bytes: number;
  /** In bits per byte, as what follows. */
  readonly model: number;
  readonly trigram: number;
}

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof TinyError)) throw error;
  process.stderr.write(`${error.message}\nhint: ${error.hint}\n`);
  return error.exitCode;
});

async function main(): Promise<number> {
  const { flags } = parseFlags(process.argv.slice(2), {
    corpus: required(text('DIR, such as runs/language-small/prepare')),
    model: required(text('DIR, such as runs/language-small/pretrain/model')),
    text: required(text('FILE')),
    maxMb: orElse(number({ min: 0.001 }), 0.5),
    threads: orElse(integer({ min: 1 }), 1),
    json: toggle(),
  });
  const corpus = await ReadyCorpus.open(flags.corpus);
  const model = await openTextModel(flags.model);
  if (model.tokenizer.hash !== corpus.tokenizer.hash) {
    throw configError(
      `${flags.model} has another tokenizer than the corpus ${flags.corpus}`,
      'give the corpus that the model was trained on',
    );
  }
  const heldOut = await readHeldOutText(flags.text, flags.maxMb * 1e6);
  const { bytes } = heldOut;
  const figures: Figures = {
    documents: heldOut.documents.length,
    bytes,
    model: bitsPerByte(await modelNats(model, heldOut, flags.threads), bytes),
    trigram: bitsPerByte(await trigramNats(corpus, model.tokenizer, heldOut), bytes),
  };
  process.stdout.write(flags.json ? `${JSON.stringify(figures)}\n` : table(figures));
  return 0;
}

function modelNats(model: TextModel, { documents }: HeldOutText, threads: number): Promise<number> {
  return model.use({ variant: 'fp32', threads }, async (runtime) => {
    const { signal } = new AbortController();
    let nats = 0;
    for (const document of documents) nats += (await textNats({ ...model, runtime }, document, signal)).nats;
    return nats;
  });
}

async function trigramNats(
  { folder }: ReadyCorpus,
  tokenizer: BpeTokenizer,
  { documents }: HeldOutText,
): Promise<number> {
  const train = await openTokens(folder, 'train');
  const trigram = KneserNey.train(await train.read(0, train.length), ORDER, tokenizer.vocabSize);
  await train.close();
  let nats = 0;
  for (const document of documents) {
    nats += trigram.nats(Uint16Array.from([tokenizer.endOfText, ...tokenizer.encode(document)]), 1);
  }
  return nats;
}

function table({ documents, bytes, model, trigram }: Figures): string {
  const row = (name: string, bits: number) => [name, bits.toFixed(4), (bits - model).toFixed(4)];
  const rows = [
    ['', 'bits per byte', 'above the model'],
    row('model', model),
    row('Kneser-Ney trigram', trigram),
  ];
  return `${documents} documents, ${bytes} bytes of text\n${columns(rows)}\n`;
}
