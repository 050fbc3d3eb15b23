import {
  filter,
  type MonoTypeOperatorFunction,
  mergeMap,
  NEVER,
  Observable,
  type OperatorFunction,
  reduce,
  take,
} from 'rxjs';
import { byBoard } from '../pipeline/boards.ts';
import { TinyError } from '../protocols/errors.ts';
import type { SensorReading } from '../protocols/reading.ts';
import type { Recording } from '../protocols/recording.ts';
import { isRateTask, type TaskSpec } from '../protocols/task.ts';

/** A board whose readings the model can make little of, and what to do about it. */
export interface Misfit {
  readonly board: string;
  readonly message: string;
  readonly hint: string;
}

/** A board is judged by its first readings. */
export const JUDGED_READINGS = 20;
/** Rates are never exact; windows at a lower one have empty steps. */
const LEAST_SHARE_OF_RATE = 0.8;

/**
 * Of all readings those of boards that send what a task reads, from the reading on with which that is known.
 */
export const ofFitting =
  (task: TaskSpec, released$: Observable<string> = NEVER): MonoTypeOperatorFunction<SensorReading> =>
  (readings$) =>
    new Observable((subscriber) => {
      /** What a board has sent, until that is enough. */
      const sentBy = new Map<string, Set<string> | 'enough'>();
      const fits = ({ board, values }: SensorReading): boolean => {
        const sent = sentBy.get(board) ?? new Set();
        if (sent === 'enough') return true;
        const known = sent.size;
        for (const channel of Object.keys(values)) sent.add(channel);
        // A board of another task stays one: it is not judged anew with every reading.
        if (sent.size === known) return false;
        const isFitting = lackingChannels(task, sent).length === 0;
        sentBy.set(board, isFitting ? 'enough' : sent);
        return isFitting;
      };
      subscriber.add(released$.subscribe((board) => sentBy.delete(board)));
      return readings$.pipe(filter(fits)).subscribe(subscriber);
    });

/** A task, and the name of the model that answers it. */
export interface Answering {
  readonly task: TaskSpec;
  readonly model: string;
}

/**
 * Boards that do not send what the models were trained on: without a word, their windows would just never be answered. A board
 * of which one task can be answered is no misfit for the others.
 */
export const misfits =
  (
    answering: readonly Answering[],
    released$?: Observable<string>,
  ): OperatorFunction<SensorReading, Misfit> =>
  (readings$) =>
    readings$.pipe(
      byBoard(released$),
      mergeMap((board$) =>
        board$.pipe(
          take(JUDGED_READINGS),
          reduce((first, reading) => first.add(reading), new FirstReadings()),
          // The end of the stream came before there was enough to tell.
          filter(({ count }) => count === JUDGED_READINGS),
          mergeMap((first) => judge(answering, board$.key, first)),
        ),
      ),
    );

/**
 * What a board is judged by. The readings themselves are let go: were they held until there are enough of them, V8 would
 * take all readings for long-lived ever after, and hundreds of boards then cost a fifth more.
 */
class FirstReadings {
  readonly channels = new Set<string>();
  count = 0;
  #fromUs = Number.POSITIVE_INFINITY;
  #toUs = Number.NEGATIVE_INFINITY;

  add({ timeUs, values }: SensorReading): this {
    for (const channel of Object.keys(values)) this.channels.add(channel);
    this.count++;
    // Not the last less the first: they may come out of order.
    this.#fromUs = Math.min(this.#fromUs, timeUs);
    this.#toUs = Math.max(this.#toUs, timeUs);
    return this;
  }

  /** Undefined when all were measured at once, or say so. */
  get rateHz(): number | undefined {
    const spanUs = this.#toUs - this.#fromUs;
    return spanUs > 0 ? ((this.count - 1) * 1e6) / spanUs : undefined;
  }
}

function judge(
  answering: readonly Answering[],
  board: string,
  { channels: sent, rateHz: sentHz }: FirstReadings,
): Misfit[] {
  const fitting = answering.filter(({ task }) => lackingChannels(task, sent).length === 0);
  if (fitting.length > 0) return fitting.flatMap((one) => slowness(one, board, sentHz));
  const wants = answering.map(
    ({ task, model }) => `bundle ${model} wants ${lackingChannels(task, sent).join(', ')}`,
  );
  return [
    {
      board,
      message: `${wants.join(', ')}, but board ${board} sends ${[...sent].join(', ')}`,
      hint: 'use a bundle trained on what the board sends, or make the board send these channels',
    },
  ];
}

function slowness({ task, model }: Answering, board: string, sentHz: number | undefined): Misfit[] {
  if (!isRateTask(task) || sentHz === undefined) return [];
  if (sentHz >= task.input.rateHz * LEAST_SHARE_OF_RATE) return [];
  return [
    {
      board,
      message: `bundle ${model} needs at least ${task.input.rateHz} Hz, but board ${board} sends ${sentHz.toFixed(1)} Hz`,
      hint: "make the board send more often, best at the pace of the training data (the bundle's card.md): a window with too long a gap is given up",
    },
  ];
}

/**
 * The channels without which the task makes no sense. A snapshot marks what is missing, and a room has its own set of
 * beacons: there only nothing at all is wrong.
 */
function lackingChannels(task: TaskSpec, sent: ReadonlySet<string>): string[] {
  const wanted = channelsOf(task);
  const lacking = wanted.filter((channel) => !sent.has(channel));
  return isRateTask(task) || lacking.length === wanted.length ? lacking : [];
}

/** @throws TinyError when a recording lacks channels without which there would be no prediction */
export function mustFit({ id, channels }: Pick<Recording, 'id' | 'channels'>, task: TaskSpec): void {
  const lacking = lackingChannels(task, new Set(channels));
  if (lacking.length === 0) return;
  throw new TinyError(
    `recording ${id} has no channel ${lacking.join(', ')}; ${task.name} reads ${channelsOf(task).join(', ')}`,
    `it has ${channels.join(', ')}: use a bundle trained on those, or another recording`,
  );
}

const channelsOf = (task: TaskSpec): string[] => task.input.channels.map(({ channel }) => channel);
