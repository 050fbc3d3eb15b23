import { type Figure, figure } from '../figures.ts';
import { isInstalled } from '../peers/node-llama-cpp.ts';
import { interleaved } from './interleave.ts';
import type { ModelChoice } from './program.ts';
import { RemoteProgram } from './remote-program.ts';

export async function serveBench(): Promise<Figure[]> {
  const ours = await RemoteProgram.start('tinyllm', '0');
  const llama = isInstalled() ? await RemoteProgram.start('llama.cpp', '0') : undefined;
  const contestants = [];
  for (const [program, who, formats] of [
    [ours, 'ours', ['fp32', 'int8', 'q8', 'q4']],
    [llama, 'llama', ['f32', 'q8_0', 'q4_0']],
  ] as const) {
    if (!program) continue;
    for (const format of formats) {
      const model: ModelChoice = { size: '30M', format, threads: 1 };
      process.stderr.write(`${format}: ${await program.ask('open', model)}\n`);
      contestants.push({ name: `${who} ${format}`, measure: () => program.ask('windowMs', model, 3) });
    }
  }
  const medians = await interleaved(contestants, 5);
  console.error(medians);
  await ours.end();
  await llama?.end();
  return [
    figure({
      name: 'x',
      unit: 'ms',
      ours: medians.get('ours fp32')!,
      peer: medians.get('llama f32'),
      lessIsBetter: true,
    }),
  ];
}
