import type { Command } from '../../commandline/command.ts';
import { type Flag, orElse, parseFlags, required, text, toggle } from '../../commandline/flags.ts';
import { untilInterrupted } from '../../commandline/interrupt.ts';
import { type Palette, palette } from '../../commandline/terminal.ts';
import { BadValue } from '../../commandline/values.ts';
import { Meter } from '../../pipeline/meter.ts';
import { loadBrain } from '../../pipeline/tiny-brain.ts';
import type { Prediction } from '../../protocols/prediction.ts';
import { type Recording, readRecordings } from '../../protocols/recording.ts';
import { answerText } from '../answer-text.ts';
import { mustFit } from '../fit.ts';
import { checkRecordings } from '../recordings-file.ts';
import { replayRecording } from '../replay.ts';
import { type Judged, type Score, Tally } from '../truth.ts';

type Speed = number | 'max';

const speed: Flag<Speed | undefined> = {
  kind: 'value',
  read: (words) => {
    const word = words.at(-1);
    if (word === undefined || word === 'max') return word;
    if (Number(word) > 0 && Number.isFinite(Number(word))) return Number(word);
    throw new BadValue('a number above 0, or max');
  },
};

export const command: Command = {
  name: 'replay',
  summary: 'Feed a recording to the agent as if its boards were live',
  usage: `
Usage: tinyllm replay --recordings FILE --bundle DIR [flags]

  --recordings FILE  recordings with their labels (.jsonl or .jsonl.gz)
  --bundle DIR       the model
  --variant V        which of its variants (default: its first)
  --speed N|max      times the pace of the recording (default: max, as fast as the model reads)
  --json             one JSON object a line: predictions with their truth, then {"summary": ..}

Prints each prediction beside the truth, then how many were right, and how many labels got no answer.
Needs no broker.
`,
  run: async (argv) => {
    const { flags } = parseFlags(argv, {
      recordings: required(text('FILE, such as recordings/gesture-stream.jsonl.gz')),
      bundle: required(text('DIR, such as models/gesture')),
      variant: text(),
      speed: orElse(speed, 'max'),
      json: toggle(),
    });
    await checkRecordings(flags.recordings);
    const brain = await loadBrain(
      flags.bundle,
      flags.variant === undefined ? {} : { variant: flags.variant },
    );
    const print = flags.json ? jsonPrinter() : humanPrinter(palette(process.stdout));
    try {
      await untilInterrupted(async (signal) => {
        const meter = new Meter();
        const tally = new Tally();
        for await (const recording of readRecordings(flags.recordings)) {
          if (signal.aborted) break;
          mustFit(recording, brain.task.spec);
          print.recording(recording);
          const judged: Judged[] = [];
          await replayRecording(recording, brain, { speed: flags.speed, meter, signal }).forEach((one) => {
            judged.push(one);
            print.judged(one);
          });
          tally.add(recording, judged);
        }
        // At full speed windows wait for each other, so their latencies say nothing about a live board.
        const atPace = flags.speed !== 'max';
        const latencyMs = {
          p50: atPace ? meter.latencyMs(0.5) : null,
          p95: atPace ? meter.latencyMs(0.95) : null,
        };
        const { gaps, late } = meter.windowing;
        const { failed, lastFailure = null } = meter;
        print.summary({ ...tally.score, latencyMs, windows: { failed, lastFailure, gaps }, late });
      });
    } finally {
      await brain.close();
    }
  },
};

interface Summary extends Score {
  readonly latencyMs: { readonly p50: number | null; readonly p95: number | null };
  /** Windows without an answer: the model failed, or the recording has a gap in them. */
  readonly windows: {
    readonly failed: number;
    readonly lastFailure: string | null;
    readonly gaps: number;
  };
  /** Readings out of order by too much. */
  readonly late: number;
}

interface Printer {
  recording(recording: Recording): void;
  judged(judged: Judged): void;
  summary(summary: Summary): void;
}

const jsonPrinter = (): Printer => ({
  recording: () => {},
  judged: (judged) => void process.stdout.write(`${JSON.stringify(judged)}\n`),
  summary: (summary) => void process.stdout.write(`${JSON.stringify({ summary })}\n`),
});

function humanPrinter({ bold, dim, green, red, yellow }: Palette): Printer {
  const line = (text: string) => void process.stdout.write(`${text}\n`);
  const endOf = ({ window }: Prediction) => `${(window.end / 1000).toFixed(2)} s`;
  let isSample = false;
  return {
    // A recording of one sample is named in the line of its answer.
    recording: ({ id, board, timesUs }) => {
      isSample = timesUs.length === 1;
      if (!isSample) line(`${bold(id)} ${dim(board)}`);
    },
    judged: ({ recording, prediction, truth }) => {
      const place = isSample ? bold(recording) : endOf(prediction).padStart(12);
      const { label, unknown, p } = prediction;
      // A task that asks for numbers only has no label to judge, and none to be sure of.
      const asksLabel = label !== null || unknown;
      const verdict = label === truth ? green('✓') : unknown ? yellow('?') : red('✗');
      const mark = asksLabel && truth !== null ? verdict : ' ';
      const answer = asksLabel
        ? `${answerText(prediction).padEnd(16)} ${p.toFixed(2)}`
        : answerText(prediction);
      line(`${place}  ${mark} ${answer}${truth === null ? '' : dim(`  (true: ${truth})`)}`);
    },
    summary: ({ predictions, right, wrong, unknown, accuracy, labels, unanswered, latencyMs, windows }) => {
      const share = accuracy === null ? 'nothing to compare with' : `${(accuracy * 100).toFixed(1)} % right`;
      line(
        `${bold(`${predictions} predictions, ${share}`)}: ${right} right, ${wrong} wrong, ${unknown} unknown`,
      );
      if (unanswered > 0) line(yellow(`${unanswered} of ${labels} labels got no answer`));
      if (windows.gaps > 0) line(yellow(`${windows.gaps} windows given up because of gaps in the recording`));
      if (windows.failed > 0)
        line(red(`${windows.failed} windows on which the model failed: ${windows.lastFailure}`));
      if (latencyMs.p50 !== null)
        line(dim(`answered in ${latencyMs.p50} ms (median), ${latencyMs.p95} ms (95 %)`));
    },
  };
}
