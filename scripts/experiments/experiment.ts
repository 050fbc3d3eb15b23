/** Keys to set in a recipe, deep; null takes a key away. */
export interface Overrides {
  readonly [key: string]: unknown;
}

/** One way to make a model for a task. */
export interface Arm {
  readonly name: string;
  /** Changes of the task's recipe. */
  readonly recipe: Overrides;
  /** It starts from a model that is pre-trained for it, by the recipe `foundation-small` with these changes. */
  readonly pretrain?: { readonly corpus: string; readonly recipe: Overrides };
  /** It starts from the model in the folder that `--base` names. */
  readonly isOnBase?: boolean;
}

/** What is compared, on the test rows of which recipes. The first arm is the one that the others are compared with. */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly recipes: readonly string[];
  readonly arms: (recipe: string) => readonly Arm[];
}

/** Nothing but the model: no classical methods, no folds, no second training. */
const ALONE: Overrides = { baselines: false, crossValidation: null, refit: null };

/** Steps of fine-tuning after a pre-training, by recipe; from scratch takes more, so that both take the same time. */
const STEPS: Readonly<Record<string, { readonly after: number; readonly scratch: number }>> = {
  swim: { after: 400, scratch: 800 },
  activity: { after: 500, scratch: 1000 },
};

const SENSING_SIZE = { layers: 4, width: 96, heads: 3 };
const PRETRAINING = {
  tokens: 700_000,
  warmupSteps: 50,
  evaluateEvery: 100,
  validationSequences: 64,
};

const startsFromModel: Overrides = { tokenizer: null, initial: null, pruneVocabulary: true };

const pretraining: Experiment = {
  name: 'pretraining',
  title: 'Does pre-training on sensor data help sensing?',
  question:
    'A model of 0.5 million parameters is fine-tuned from scratch, or for half as long after a pre-training on text, or on text and sensor windows 30:70 (the paper’s claim), so that each takes about the same time.',
  recipes: ['swim', 'activity'],
  arms: (recipe) => {
    const { after, scratch } = STEPS[recipe]!;
    const pretrained = (name: string, corpus: string, changes: Overrides): Arm => ({
      name,
      recipe: {
        ...ALONE,
        ...startsFromModel,
        model: SENSING_SIZE,
        finetune: { steps: after },
        quantize: null,
      },
      pretrain: { corpus, recipe: { model: SENSING_SIZE, pretrain: PRETRAINING, ...changes } },
    });
    const scratchOf = (name: string, initial: string): Arm => ({
      name,
      recipe: { ...ALONE, model: SENSING_SIZE, initial, finetune: { steps: scratch }, quantize: null },
    });
    return [
      scratchOf('from scratch', 'gpt2'),
      scratchOf('from scratch, levels in order', 'smooth'),
      pretrained('pre-trained on text', 'text', { corpus: { sources: ['text'] } }),
      pretrained('pre-trained on text and sensor data', 'mixed', {}),
    ];
  },
};

/** Also in docs/results.md. */
export const FOUNDATION: Experiment = {
  name: 'foundation',
  title: 'What the foundation model is worth',
  question:
    'The same shape and the same steps, from scratch and from the foundation model of `configs/recipes/foundation-small.yaml`.',
  recipes: ['swim', 'activity', 'gesture'],
  arms: () => {
    const model = { layers: 5, width: 192, heads: 6 };
    // One model each, also where a recipe trains several: the question is where it begins.
    const finetune = { steps: 500, evaluateEvery: 100, ensemble: null };
    return [
      { name: 'from scratch', recipe: { ...ALONE, model, initial: 'gpt2', finetune, quantize: null } },
      {
        name: 'from scratch, levels in order',
        recipe: { ...ALONE, model, initial: 'smooth', finetune, quantize: null },
      },
      {
        name: 'from the foundation model',
        recipe: { ...ALONE, ...startsFromModel, model, finetune, quantize: null },
        isOnBase: true,
      },
    ];
  },
};

const size: Experiment = {
  name: 'size',
  title: 'Model size against accuracy, latency and bytes',
  question: 'One recipe, the same windows and steps, and models of three sizes, all from scratch.',
  recipes: ['wand-digits'],
  arms: () =>
    [
      { name: '0.5 M', model: SENSING_SIZE, learningRate: 0.002 },
      { name: '5 M', model: { layers: 6, width: 256, heads: 4 }, learningRate: 0.001 },
      { name: '30M preset', model: { layers: 6, width: 384, heads: 6 }, learningRate: 0.0007 },
    ].map(({ name, model, learningRate }) => ({
      name,
      recipe: {
        ...ALONE,
        model,
        finetune: { steps: 600, evaluateEvery: 100, learningRate },
        quantize: { variants: ['fp32', 'int8'] },
        bundle: { maxBytes: 60_000_000 },
      },
    })),
};

export const EXPERIMENTS: readonly Experiment[] = [pretraining, FOUNDATION, size];
