import { expect, it } from 'vitest';
import type { MqttMessage } from '../../../agent/mqtt/client.ts';
import { Standby } from '../../../agent/site/standby.ts';

const message = (arrivalMs: number, bytes = 1): MqttMessage => ({
  topic: 'tinyllm/lab/wrist/readings',
  payload: new Uint8Array(bytes),
  retained: false,
  arrivalMs,
});

const times = (messages: readonly MqttMessage[]): number[] => messages.map(({ arrivalMs }) => arrivalMs);

it('hands out the latest of a board once, oldest first', () => {
  const standby = new Standby(1000);
  for (const arrivalMs of [0, 500, 1200, 1500]) standby.keep('wrist', message(arrivalMs));
  standby.keep('ankle', message(7));
  expect(times(standby.take('wrist'))).toEqual([500, 1200, 1500]);
  expect(standby.take('wrist')).toEqual([]);
  expect(times(standby.take('ankle'))).toEqual([7]);
});

it('keeps the bytes as they came, whatever happens to the buffer they came in', () => {
  const standby = new Standby(1000);
  const original = message(0);
  standby.keep('wrist', original);
  original.payload[0] = 9;
  expect(standby.take('wrist')[0]!.payload).toEqual(new Uint8Array([0]));
});

it('stays within its bytes: the board that was heard longest ago gives way', () => {
  const standby = new Standby(1000, 3000);
  standby.keep('a', message(0, 1000));
  standby.keep('b', message(0, 1000));
  standby.keep('a', message(1, 100));
  standby.keep('c', message(2, 500));
  expect(standby.take('b')).toEqual([]);
  expect(times(standby.take('a'))).toEqual([0, 1]);
  expect(times(standby.take('c'))).toEqual([2]);
  standby.keep('d', message(3, 5000));
  expect(standby.take('d')).toEqual([]);
});
