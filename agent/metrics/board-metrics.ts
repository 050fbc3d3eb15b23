import type { FrameHealth, SerialHealth } from '../../protocols/topics.ts';
import type { AgentRefusalReason } from '../refusals.ts';
import { counter, counterBy, gauge, gaugeBy, type Metric } from './metric.ts';
import type { MetricsState } from './state.ts';

/** Every reason from the start, so that the first refusal is a rise. */
const NOTHING_REFUSED: Readonly<Record<AgentRefusalReason, number>> = {
  malformed: 0,
  unknownChannel: 0,
  wrongUnit: 0,
  notFinite: 0,
  future: 0,
  past: 0,
  badBoardId: 0,
  noBoard: 0,
  tooManyBoards: 0,
  retained: 0,
};

/** By link: the serial ports of the configuration, and `mqtt` once frames have come that way. */
const ofLinks =
  (read: (link: FrameHealth) => number) =>
  ({ health: { serial, frames } }: MetricsState): Record<string, number> =>
    mapValues({ ...serial, ...(frames && { mqtt: frames }) }, read);

const ofPorts =
  (read: (port: SerialHealth) => number | boolean) =>
  ({ health: { serial = {} } }: MetricsState): Record<string, number | boolean> =>
    mapValues(serial, read);

const mapValues = <From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));

/** What comes from boards, and what of it is used. */
export const boardMetrics: readonly Metric<MetricsState>[] = [
  gauge(
    'tinyllm_boards_known',
    'Boards that were heard and are not forgotten.',
    ({ publisher }) => publisher.boards.known,
  ),
  gauge(
    'tinyllm_boards_online',
    'Of these, those that are there.',
    ({ publisher }) => publisher.boards.online,
  ),
  counter('tinyllm_readings_total', 'Readings taken.', ({ health }) => health.readings),
  counterBy(
    'reason',
    'tinyllm_readings_refused_total',
    'Readings or values refused.',
    ({ health: { refused } }) => ({ ...NOTHING_REFUSED, ...refused }),
  ),
  counterBy(
    'reason',
    'tinyllm_readings_unused_total',
    'Readings taken that went into no window: too late for their row, sent twice, at an impossible time, too many at once.',
    ({ health: { late, duplicates, outliers, crowded } }) => ({
      late,
      duplicate: duplicates,
      outlier: outliers,
      crowded,
    }),
  ),
  counter(
    'tinyllm_readings_undated_total',
    'Readings dated by their arrival, as their boards do not know the time.',
    ({ health }) => health.undated,
  ),
  counter(
    'tinyllm_messages_not_mine_total',
    'Messages of boards that another agent answers.',
    ({ health }) => health.notMine,
  ),
  counter(
    'tinyllm_board_clock_restarts_total',
    "Times a board's clock went back for good.",
    ({ health }) => health.restarts,
  ),
  counterBy(
    'link',
    'tinyllm_frames_total',
    'Good frames.',
    ofLinks(({ frames }) => frames),
  ),
  counterBy(
    'link',
    'tinyllm_frames_lost_total',
    'Frames that were sent and never came.',
    ofLinks(({ lost }) => lost),
  ),
  counterBy(
    'link',
    'tinyllm_frames_damaged_total',
    'Frames whose checksum is wrong.',
    ofLinks(({ damaged }) => damaged),
  ),
  counterBy(
    'link',
    'tinyllm_frames_duplicated_total',
    'Frames that came twice, and were used once.',
    ofLinks(({ duplicated }) => duplicated),
  ),
  counterBy(
    'link',
    'tinyllm_frame_readings_lost_total',
    'Readings that boards made and could not send.',
    ofLinks(({ lostReadings }) => lostReadings),
  ),
  counterBy(
    'link',
    'tinyllm_board_restarts_total',
    'Restarts of boards.',
    ofLinks(({ restarts }) => restarts),
  ),
  gaugeBy(
    'link',
    'tinyllm_serial_port_open',
    '1 while the port is open.',
    ofPorts(({ path }) => path !== null),
  ),
  counterBy(
    'link',
    'tinyllm_serial_port_opened_total',
    'Times the port was opened.',
    ofPorts(({ opened }) => opened),
  ),
  counterBy(
    'link',
    'tinyllm_serial_port_received_bytes_total',
    'Bytes that came.',
    ofPorts(({ bytes }) => bytes),
  ),
  counterBy(
    'link',
    'tinyllm_serial_port_dropped_bytes_total',
    'Of these, bytes that were neither a frame nor a line.',
    ofPorts(({ bytesDropped }) => bytesDropped),
  ),
];
