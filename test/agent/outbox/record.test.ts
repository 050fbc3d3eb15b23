import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecords, encodeRecord, type JournalRecord } from '../../../agent/outbox/record.ts';

const message = fc.record({
  kind: fc.constant('message' as const),
  entry: fc.record({
    seq: fc.nat(),
    madeMs: fc.nat(),
    message: fc.record({
      topic: fc.string({ unit: 'binary', maxLength: 40 }),
      // The magic itself may stand in a payload.
      payload: fc.oneof(fc.json(), fc.constant('TLJ1TLJ1'), fc.string({ unit: 'binary' })),
      retain: fc.constantFrom('newest' as const, 'never' as const),
    }),
  }),
});
const acknowledged = fc.record({ kind: fc.constant('acknowledged' as const), below: fc.nat() });
const journal: fc.Arbitrary<JournalRecord[]> = fc.array(fc.oneof(message, acknowledged), { maxLength: 6 });

const encoded = (records: readonly JournalRecord[]): Buffer => Buffer.concat(records.map(encodeRecord));
/** Where each record ends. */
const endsOf = (records: readonly JournalRecord[]): number[] => {
  let end = 0;
  return records.map((record) => (end += encodeRecord(record).length));
};

describe('the records of a journal', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(journal, (records) => {
        expect(decodeRecords(encoded(records))).toEqual({ records, damagedBytes: 0, tornBytes: 0 });
      }),
    );
  });

  it('are all there up to where the file was cut, at every byte', () => {
    fc.assert(
      fc.property(journal, (records) => {
        const bytes = encoded(records);
        const ends = endsOf(records);
        for (let cut = 0; cut < bytes.length; cut++) {
          const whole = ends.filter((end) => end <= cut);
          expect(decodeRecords(bytes.subarray(0, cut))).toEqual({
            records: records.slice(0, whole.length),
            damagedBytes: 0,
            tornBytes: cut - (whole.at(-1) ?? 0),
          });
        }
      }),
      { numRuns: 20 },
    );
  });

  it('are all there but the one in which a bit was flipped', () => {
    fc.assert(
      fc.property(journal, fc.nat(), fc.nat({ max: 7 }), (records, where, bit) => {
        const bytes = encoded(records);
        if (bytes.length === 0) return;
        const at = where % bytes.length;
        bytes[at]! ^= 1 << bit;
        const damaged = endsOf(records).findIndex((end) => end > at);
        const read = decodeRecords(bytes);
        expect(read.records).toEqual(records.filter((_, i) => i !== damaged));
        expect(read.damagedBytes + read.tornBytes).toBe(encodeRecord(records[damaged]!).length);
      }),
    );
  });

  it('are never made up from noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const bytes = Buffer.from(noise);
        expect(decodeRecords(bytes)).toEqual({ records: [], damagedBytes: 0, tornBytes: bytes.length });
      }),
    );
  });

  it('are refused when they are larger than any message', () => {
    const payload = 'x'.repeat((16 << 20) + 1);
    const entry = { seq: 0, madeMs: 0, message: { topic: 't', payload, retain: 'never' as const } };
    expect(() => encodeRecord({ kind: 'message', entry })).toThrow(RangeError);
  });
});
