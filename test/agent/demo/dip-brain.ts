import { join } from 'node:path';
import type { Brain, Thought } from '../../../pipeline/brain.ts';
import { labelsOf } from '../../../protocols/answers.ts';
import { type FittedTask, parseTaskSpec } from '../../../protocols/task.ts';
import type { Row } from '../../../protocols/window.ts';
import { readYaml } from '../../../protocols/yaml.ts';
import { REPOSITORY } from '../../tools.ts';

const LIGHT_RED = 1;

/** Names a gesture by how often and how long a hand darkens the sensor: a rule in place of a model. */
export class DipBrain implements Brain {
  readonly model = 'dips';
  readonly bundleHash = '0'.repeat(64);

  private constructor(readonly task: FittedTask) {}

  /** For the gesture task as it ships. */
  static async create(): Promise<DipBrain> {
    const path = join(REPOSITORY, 'configs', 'tasks', 'gesture.yaml');
    return new DipBrain({
      spec: parseTaskSpec(await readYaml(path), path),
      template: 'stream',
      quantisers: [],
      missingText: ' ?',
      unknownThreshold: 0,
      classPrior: {},
    });
  }

  open(): Thought {
    const rows: Row[] = [];
    return {
      push: (more) => rows.push(...more),
      score: async () => {
        const seen = gestureIn(rows);
        const labels = labelsOf(this.task.spec.answers);
        return { probs: Object.fromEntries(labels.map((label) => [label, label === seen ? 0.9 : 0.05])) };
      },
      discard: () => {},
    };
  }
}

function gestureIn(rows: readonly Row[]): string {
  const bright = rows[0]![LIGHT_RED]!;
  const isDark = rows.map((row) => row[LIGHT_RED]! < 0.7 * bright);
  const dips = isDark.filter((dark, i) => dark && !isDark[i - 1]).length;
  const darkRows = isDark.filter(Boolean).length;
  return darkRows > 8 ? 'Hold' : dips > 1 ? 'Double' : 'Tap';
}
