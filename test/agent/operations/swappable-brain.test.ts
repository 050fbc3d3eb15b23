import { describe, expect, it } from 'vitest';
import { misfit, SwappableBrain } from '../../../agent/operations/swappable-brain.ts';
import { SignBrain } from '../sign-brain.ts';

/** A model with a name that notes when it is closed. */
function brainOf(model: string) {
  const brain = Object.assign(new SignBrain(), { model });
  const closed: string[] = [];
  return { brain, closed, close: async () => void closed.push(model) };
}

const rows = (value: number) => Array.from({ length: 4 }, () => Float64Array.of(value));

describe('a swap', () => {
  it('leaves open windows to the model that began them, and closes it after the last', async () => {
    const [old, next] = [brainOf('old'), brainOf('next')];
    const swappable = new SwappableBrain(old.brain, old.close);
    const [first, second] = [swappable.open('a'), swappable.open('b')];
    swappable.swap(next.brain, next.close);
    const third = swappable.open('a');
    expect([first.by?.model, second.by?.model, third.by?.model]).toEqual(['old', 'old', 'next']);
    expect(swappable.model).toBe('next');

    first.push(rows(1));
    expect((await first.score()).probs).toBeDefined();
    expect(old.closed).toEqual([]);
    second.discard();
    await swappable.close();
    expect([old.closed, next.closed]).toEqual([['old'], ['next']]);
    third.discard();
  });

  it('is refused when the task is another, and the present model stays', () => {
    const old = brainOf('old');
    const swappable = new SwappableBrain(old.brain, old.close);
    const other = brainOf('other');
    const { spec } = other.brain.task;
    const odd = Object.assign(Object.create(other.brain) as SignBrain, {
      task: { ...other.brain.task, spec: { ...spec, window: { ...spec.window, rows: 99 } } },
    });
    expect(() => swappable.swap(odd)).toThrow(
      'other cannot take the place of old: its task has another window',
    );
    expect(swappable.model).toBe('old');
    expect(old.closed).toEqual([]);
  });

  it('tells every part that differs', () => {
    const { spec } = new SignBrain().task;
    expect(misfit(spec, spec)).toBeUndefined();
    expect(misfit(spec, { ...spec, name: 'swim' })).toBe(`its task is swim, not ${spec.name}`);
    expect(misfit(spec, { ...spec, instruction: 'Another question?' })).toBeUndefined();
  });
});

it('has ended when the model in use has ended, not one that was replaced', async () => {
  const end: ((reason: Error) => void)[] = [];
  const mortal = (model: string) =>
    Object.assign(new SignBrain(), { model, ended: new Promise<Error>((resolve) => end.push(resolve)) });
  const swappable = new SwappableBrain(mortal('old'));
  swappable.swap(mortal('next'));
  let reason: Error | undefined;
  void swappable.ended.then((error) => (reason = error));
  end[0]!(new Error('the old one'));
  await Promise.resolve();
  expect(reason).toBeUndefined();
  end[1]!(new Error('the next one'));
  expect(await swappable.ended).toMatchObject({ message: 'the next one' });
});
