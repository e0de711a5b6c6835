import {createHash, randomBytes} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {
  createTxFilter,
  MAX_FILTER_BYTES,
  TxFilter,
  toFilterSalt,
  txFilterTest,
} from '../../../src/plugin/peers/tx-filter.ts';
import {bytesToHex, type TxId, toTxId} from '../../../src/protocol/bytes.ts';
import {decode, encode} from '../../../src/protocol/codec.ts';

const idOf = (n: number): TxId =>
  toTxId(new Uint8Array(createHash('sha256').update(String(n)).digest()));
const salt = (n: number) => toFilterSalt(new Uint8Array(16).fill(n));
const ids = Array.from({length: 2000}, (_, n) => idOf(n));

describe('TxFilter', () => {
  it('holds every id it was made of, and few others', () => {
    for (const count of [0, 1, 7, 2000]) {
      const filter = decode(
        TxFilter,
        encode(TxFilter, createTxFilter(ids.slice(0, count), salt(count % 200))),
      );
      const isIn = txFilterTest(filter);
      for (const id of ids.slice(0, count)) expect(isIn(id)).toBe(true);
      let wrong = 0;
      for (let n = 10_000; n < 30_000; n++) if (isIn(idOf(n))) wrong += 1;
      expect(wrong).toBeLessThan(20_000 * 0.015);
    }
  });

  it('is wrong about others with another salt', () => {
    const others = Array.from({length: 20_000}, (_, n) => idOf(10_000 + n));
    const wrong = [1, 2].map((n) => others.filter(txFilterTest(createTxFilter(ids, salt(n)))));
    expect(wrong[0]?.length).toBeGreaterThan(50);
    const both = wrong[0]?.filter((id) => wrong[1]?.includes(id));
    expect(both?.length).toBeLessThan(20);
  });

  it('stays within its size for more than a mempool holds', () => {
    const many = Array.from({length: 30_000}, () => toTxId(new Uint8Array(randomBytes(32))));
    const {bits} = createTxFilter(many, salt(1));
    expect(bits.length).toBe(MAX_FILTER_BYTES);
    expect(txFilterTest({salt: salt(1), bits})(many[29_999]!)).toBe(true);
  });

  it('takes any bits: none has nothing in it, all have everything', () => {
    expect(txFilterTest({salt: salt(0), bits: new Uint8Array()})(idOf(1))).toBe(false);
    expect(txFilterTest({salt: salt(0), bits: new Uint8Array(3).fill(255)})(idOf(1))).toBe(true);
  });

  it('sets the bits of SPEC.md §12', () => {
    const {bits} = createTxFilter(
      [idOf(1), idOf(2)],
      toFilterSalt(Uint8Array.from({length: 16}, (_, n) => n)),
    );
    expect(bytesToHex(bits)).toBe('d0000810820103a4');
  });
});
