import { palette, type TextSink } from '../../commandline/terminal.ts';
import type { Prediction } from '../../protocols/prediction.ts';
import type { Score, Verdict } from './scoreboard.ts';
import type { DemoWording } from './sets.ts';

/** What somebody needs to look on. */
export interface DemoIntroduction {
  readonly model: string;
  readonly task: string;
  readonly recordings: number;
  readonly rateHz: number;
  readonly mqtt: {
    readonly host: string;
    readonly port: number;
    readonly username: string;
    readonly password: string;
  };
  /** The usual port was taken, by another broker perhaps. */
  readonly isUnusualPort: boolean;
  readonly topics: string;
  /** With the viewer's sign-in in its fragment. */
  readonly dashboardUrl: string;
  readonly forMs: number | undefined;
}

export interface DemoPrediction {
  /** Seconds since the board began. */
  readonly atS: number;
  readonly board: string;
  readonly prediction: Prediction;
  readonly verdict: Verdict;
}

/** Where the demo tells what happens. */
export interface DemoReport {
  begin(introduction: DemoIntroduction): void;
  predicted(prediction: DemoPrediction): void;
  end(score: Score): void;
}

/** One JSON object a line; `type` is `start`, `prediction` or `summary`. */
export function jsonReport(sink: TextSink): DemoReport {
  const write = (type: string, fields: object): void => {
    sink.write(`${JSON.stringify({ type, ...fields })}\n`);
  };
  return {
    begin: (introduction) => write('start', { ...introduction, nominalRate: true }),
    predicted: ({ verdict, ...rest }) =>
      write('prediction', { ...rest, truth: verdict.span ?? null, right: verdict.isRight ?? null }),
    end: (score) => write('summary', score),
  };
}

/** Lines for people. */
export function textReport(
  sink: TextSink,
  task: { readonly answersOnce: boolean; readonly labels: readonly string[]; readonly wording: DemoWording },
): DemoReport {
  const { bold, dim, green, red, yellow } = palette(sink);
  const line = (text: string): void => {
    sink.write(`${text}\n`);
  };
  const labelWidth = Math.max(...task.labels.map(({ length }) => length), 'unknown'.length);
  return {
    begin: ({ model, recordings, mqtt, isUnusualPort, topics, dashboardUrl, forMs }) => {
      const { host, port, username, password } = mqtt;
      line(
        bold(
          `The model ${model} reads real recordings: ${recordings} of its test split, which it was not trained on.`,
        ),
      );
      line(`${task.wording.pace} (recordings/README.md).`);
      line('');
      line(`  MQTT       mqtt://${host}:${port}  user ${username}  password ${password}`);
      if (isUnusualPort) line(dim(`             the usual port 1883 is taken, so it is ${port}`));
      line(`  subscribe  mosquitto_sub -h ${host} -p ${port} -u ${username} -P ${password} -t '${topics}'`);
      line(`  dashboard  ${dashboardUrl}`);
      line(`  stop       Ctrl-C${forMs === undefined ? '' : `; ends by itself after ${forMs / 1000} s`}`);
      line('');
    },
    predicted: ({ atS, board, prediction, verdict: { span, isRight } }) => {
      const mark = isRight === undefined ? yellow('?') : isRight ? green('✓') : red('✗');
      const truth = span === undefined ? 'nothing was played' : `true: ${span.label}`;
      const label = (prediction.label ?? 'unknown').padEnd(labelWidth);
      line(
        `${`${atS.toFixed(1)} s`.padStart(8)}  ${board}  ${bold(label)}  ${prediction.p.toFixed(2)}  ` +
          `${mark} ${`(${truth})`.padEnd(labelWidth + 8)}  ${dim(`latency ${inMs(prediction.latencyMs)}`)}`,
      );
    },
    end: (score) => {
      line('');
      line(bold(summaryOf(score, task)));
    },
  };
}

/** The score in one line: `137 gestures: 135 right, 2 wrong, 0 missed, .. · 98.5 % · .. · latency 5 ms (p95 20 ms)`. */
export function summaryOf(
  score: Score,
  task: { readonly answersOnce: boolean; readonly wording: Pick<DemoWording, 'played'> },
): string {
  const { spans, right, wrong, missed, doubled, falseInIdle, answers, latencyMs } = score;
  const [one, many] = task.wording.played;
  const counts = [`${right} right`, `${wrong} wrong`, `${missed} missed`];
  if (task.answersOnce) counts.push(`${doubled} answered twice`);
  const accuracy = score.accuracy === null ? undefined : `${(100 * score.accuracy).toFixed(1)} %`;
  return [
    spans === 0 ? `no ${one} was over yet` : `${spans} ${spans === 1 ? one : many}: ${counts.join(', ')}`,
    accuracy !== undefined && (task.answersOnce ? accuracy : `${accuracy} of ${answers} answers`),
    task.answersOnce && `${falseInIdle} false alarm${falseInIdle === 1 ? '' : 's'}`,
    latencyMs.p50 !== null && `latency ${inMs(latencyMs.p50)} (p95 ${inMs(latencyMs.p95)})`,
  ]
    .filter((part) => part !== false)
    .join(' · ');
}

/** Times are taken in whole milliseconds. */
const inMs = (latencyMs: number | null): string =>
  latencyMs === null ? '-' : latencyMs < 1 ? '<1 ms' : `${Math.round(latencyMs)} ms`;
