import { checkShape, type GptShape } from '../model/shape.ts';
import { BASE_FOLDER } from '../model/shared-base.ts';
import { configError, TinyError } from '../protocols/errors.ts';
import type { TaskSpec } from '../protocols/task.ts';
import { channelsOf } from './augment/augment.ts';
import { OWN_DATA_SETS } from './datasets/own-data.ts';
import type { Base } from './open-base.ts';
import type { Recipe } from './recipe-keys.ts';

/** A model starts from scratch, for which the recipe says all there is to say, or from a base, which it does not contradict. */
export function checkStart(
  path: string,
  { model, tokenizer, initial, finetune }: Recipe,
  base: Base | undefined,
  isChosen: boolean,
): void {
  if (base === undefined) {
    for (const [key, value] of Object.entries({ model, tokenizer, initial })) {
      if (value !== undefined) continue;
      throw configError(
        `${path}: ${key} is missing`,
        'a model from scratch needs model, tokenizer and initial; to start from a model, name it: `base: { from: FOLDER }`',
      );
    }
    if (finetune.lora) {
      throw configError(
        `${path}: finetune.lora: adapters change a model that has learnt something, and there is no base`,
        'name one, `base: { from: FOLDER }`, or remove the key: a model from scratch trains all its weights',
      );
    }
    return;
  }
  // A base on the command line takes the place of a start from scratch.
  if (initial !== undefined && !isChosen) {
    throw configError(
      `${path}: initial: the weights come from ${base.folder}`,
      'remove `initial` or `base`: a model starts from one of them',
    );
  }
  const size = ({ layers, width, heads }: Pick<GptShape, 'layers' | 'width' | 'heads'>): string =>
    `${layers} x ${width} with ${heads} heads`;
  if (model !== undefined && size(model) !== size(base.shape)) {
    throw configError(
      `${path}: model: the base ${base.folder} is ${size(base.shape)}, the recipe says ${size(model)}`,
      'remove `model` from the recipe: the shape is that of the base; or start from another base',
    );
  }
}

/** What the schema cannot see: whether the recipe's parts fit one another and the task. */
export function checkParts(path: string, recipe: Recipe, spec: TaskSpec): void {
  const { prompt, windows, model, initial, finetune } = recipe;
  const refuse = (key: string, what: string, hint: string): TinyError =>
    configError(`${path}: ${key}: ${what}`, hint);
  const channels = spec.input.channels.map(({ channel }) => channel);
  const named: [key: string, channels: readonly string[]][] = [
    ['prompt.spacing', Object.keys(prompt.spacing)],
    ...windows.augment.map((rule, i): [string, readonly string[]] => [
      `windows.augment.${i}`,
      channelsOf(rule),
    ]),
  ];
  for (const [key, names] of named) {
    const stranger = names.find((name) => !channels.includes(name));
    if (stranger !== undefined) {
      const hint = `its channels are ${channels.join(', ')}`;
      throw refuse(key, `"${stranger}" is no channel of task ${spec.name}`, hint);
    }
  }
  for (const [key, sets] of Object.entries(OWN_DATA_SETS)) {
    if (recipe[key as keyof typeof OWN_DATA_SETS] === undefined || sets.includes(recipe.dataset)) continue;
    throw refuse(
      key,
      `it is not for data set ${recipe.dataset}`,
      `remove it, or say \`dataset: ${sets[0]}\``,
    );
  }
  if (recipe.split && recipe.splitColumn !== undefined) {
    throw refuse('split', 'the rows are split already, by splitColumn', 'keep one of the two');
  }
  if (recipe.synthetic && (recipe.split ?? recipe.splitColumn ?? recipe.crossValidation) !== undefined) {
    const hint = 'remove split, splitColumn and crossValidation: all rows that were measured are test rows';
    throw refuse(
      'synthetic',
      'the rows are split already, into those that are invented and the others',
      hint,
    );
  }
  const triggered = windows.starts.findIndex(({ from }) => from === 'trigger');
  if (triggered >= 0 && !spec.window.trigger) {
    const hint = 'say `from: row`, or give the task a window.trigger';
    throw refuse(`windows.starts.${triggered}.from`, `task ${spec.name} has no trigger`, hint);
  }
  if (windows.recombine && spec.input.kind !== 'snapshot') {
    const hint = 'remove the key: the channels of a time step belong together';
    throw refuse('windows.recombine', `task ${spec.name} does not read snapshots`, hint);
  }
  if (initial === 'smooth' && prompt.template !== 'stream') {
    const hint = 'say `initial: gpt2`, or use the stream template';
    throw refuse('initial', '`smooth` orders the numbers of the stream template', hint);
  }
  const isStream = prompt.template === 'stream' && spec.input.kind === 'rate';
  if (finetune.earlyLoss && !(isStream && spec.answers.kind === 'labels')) {
    const hint =
      'remove the key; it takes the stream template and a task with time steps which asks for labels only';
    throw refuse('finetune.earlyLoss', 'there are no time steps at which a label could be asked for', hint);
  }
  if (finetune.sampleLoss && !isStream) {
    const hint = 'remove the key; it takes the stream template and a task with time steps';
    throw refuse('finetune.sampleLoss', 'its prompts hold no samples in a row', hint);
  }
  if (finetune.ensemble?.into === 'distil' && spec.answers.kind !== 'labels') {
    throw refuse('finetune.ensemble', 'a student learns labels only', 'say `into: average`');
  }
  if (recipe.bundle.adapter && !finetune.lora) {
    const hint = 'remove the key, or train an adapter of a base: `finetune: { lora: { rank: 8 } }`';
    throw refuse('bundle.adapter', 'all weights are trained, there is no adapter', hint);
  }
  if (recipe.bundle.adapter && (recipe.pruneVocabulary || finetune.ensemble || recipe.name === BASE_FOLDER)) {
    const hint = `remove pruneVocabulary and finetune.ensemble, and choose another name than "${BASE_FOLDER}"`;
    throw refuse('bundle.adapter', 'the base must stay as it is, and have a folder of its own', hint);
  }
  try {
    // Context and vocabulary come from the data, later.
    if (model) checkShape({ ...model, context: 1, vocab: 1 });
  } catch (error) {
    if (error instanceof TinyError) throw refuse('model', error.message, error.hint);
    throw error;
  }
}
