import { palette, type TextSink } from '../../commandline/terminal.ts';
import type { Prediction } from '../../protocols/prediction.ts';
import type { Score, Verdict } from './scoreboard.ts';

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
  task: { readonly answersOnce: boolean; labels: readonly string[] },
): DemoReport {
  const { bold, dim, green, red, yellow } = palette(sink);
  const line = (text: string): void => {
    sink.write(`${text}\n`);
  };
  const labelWidth = Math.max(...task.labels.map(({ length }) => length), 'unknown'.length);
  return {
    begin: ({ model, recordings, rateHz, mqtt, isUnusualPort, topics, dashboardUrl, forMs }) => {
      const { host, port, username, password } = mqtt;
      line(
        bold(
          `The model ${model} reads real recordings: ${recordings} of its test split, which it was not trained on.`,
        ),
      );
      line(
        `A virtual board plays them at a nominal ${rateHz} Hz: the source states no sampling rate (recordings/README.md).`,
      );
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
      line(bold(summaryOf(score, task.answersOnce)));
    },
  };
}

/** The score in one line. */
export function summaryOf(score: Score, answersOnce: boolean): string {
  const latency = `latency p50 ${inMs(score.latencyMs.p50)}, p95 ${inMs(score.latencyMs.p95)}`;
  const accuracy =
    score.accuracy === null ? 'no answer yet' : `accuracy ${(100 * score.accuracy).toFixed(1)} %`;
  if (!answersOnce) {
    return `${accuracy}: ${score.rightAnswers} of ${score.answers} answers right, ${score.missed} of ${score.spans} rows missed; ${latency}`;
  }
  const { spans, right, wrong, missed, doubled, falseInIdle, idleMinutes } = score;
  const perMinute = idleMinutes === 0 ? 0 : falseInIdle / idleMinutes;
  return (
    `${accuracy}: ${spans} played, ${right} right exactly once, ${wrong} wrong, ${missed} missed, ${doubled} doubled; ` +
    `${perMinute.toFixed(1)} false a minute of idle; ${latency}`
  );
}

/** Times are taken in whole milliseconds. */
const inMs = (latencyMs: number | null): string =>
  latencyMs === null ? '-' : latencyMs < 1 ? '<1 ms' : `${Math.round(latencyMs)} ms`;
