// The parts that are used of libraries which bring no types.

declare module 'ml-knn' {
  export default class KNN {
    constructor(dataset: number[][], labels: number[], options: { k: number });
    predict(dataset: number[][]): number[];
  }
}

declare module 'ydf-training' {
  type Columns = Record<string, (number | null)[] | string[]>;
  interface Model {
    getLabelClasses(): string[];
    predict(examples: Columns): number[];
  }
  type LearnerClass = new (
    label: string,
    task: 'CLASSIFICATION' | 'REGRESSION',
  ) => { train(data: Columns): Model };
  interface Ydf {
    RandomForestLearner: LearnerClass;
    GradientBoostedTreesLearner: LearnerClass;
  }
  export default function load(options: {
    print: (line: string) => void;
    printErr: (line: string) => void;
  }): Promise<Ydf>;
}
