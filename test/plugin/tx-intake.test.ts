import {describe, expect, it} from 'vitest';
import {PeerMetrics} from '../../src/plugin/peers/peer-metrics.ts';
import {TxIntake} from '../../src/plugin/tx-intake.ts';
import {CodecError} from '../../src/protocol/errors.ts';
import {TxError, type TxErrorCode} from '../../src/vm/errors.ts';
import {type ParsedTx, parseTx} from '../../src/vm/parsed-tx.ts';
import {Driver, testAccount} from '../vm/driver.ts';

const rich = testAccount('rich');
const driver = new Driver({accounts: [rich]});
const txs = [1n, 2n, 3n].map((amount) => driver.transfer(rich, rich.address, amount));
const PEER = new Uint8Array(20).fill(1);

/** An intake whose admission refuses every transaction with this code. */
function refusing(code: TxErrorCode | 'CODEC_TRUNCATED' | undefined) {
  const asked: Uint8Array[] = [];
  const metrics = new PeerMetrics();
  const intake = new TxIntake({
    async admit(bytes): Promise<ParsedTx> {
      asked.push(bytes);
      if (code === undefined) return parseTx(bytes);
      throw code === 'CODEC_TRUNCATED' ? new CodecError(code) : new TxError(code);
    },
    metrics,
    monotonicMs: () => 0n,
  });
  const take = (list: readonly ParsedTx[]) =>
    intake.take(
      PEER,
      list.map(({bytes}) => bytes),
    );
  return {intake, asked, metrics, take};
}

describe('TxIntake', () => {
  it('counts what it admits', async () => {
    const {take, metrics, intake} = refusing(undefined);
    expect(await take(txs)).toEqual({admitted: 3, false: 0});
    expect(metrics).toMatchObject({txsReceived: 3, txsAdmitted: 3, txsOverBudget: 0});
    expect([...intake.refusedIds()]).toEqual([]);
  });

  it.each([
    'TX_INVALID_SIGNATURE',
    'TX_WRONG_CHAIN',
    'TX_KEY_MISMATCH',
    'CODEC_TRUNCATED',
  ] as const)('remembers what can never be good: %s', async (code) => {
    const {take, asked, intake} = refusing(code);
    expect(await take(txs)).toEqual({admitted: 0, false: 3});
    expect(asked).toHaveLength(3);
    expect(await take(txs)).toEqual({admitted: 0, false: 3});
    expect(asked).toHaveLength(3);
    expect([...intake.refusedIds()]).toEqual(txs.map(({id}) => id));
  });

  it.each(['TX_WRONG_NONCE', 'TX_ALREADY_KNOWN', 'TX_MEMPOOL_FULL', 'TX_WRONG_PHASE'] as const)(
    'tries again what may be good later: %s',
    async (code) => {
      const {take, asked, intake} = refusing(code);
      for (let n = 0; n < 2; n++) expect(await take(txs)).toEqual({admitted: 0, false: 0});
      expect(asked).toHaveLength(6);
      expect([...intake.refusedIds()]).toEqual([]);
    },
  );

  it('keeps a bounded number of refused ids, the latest', async () => {
    const {intake} = refusing('CODEC_TRUNCATED');
    for (let n = 0; n < 10_000; n++) {
      const peer = new Uint8Array(20).fill(n % 3);
      await intake.take(peer, [Uint8Array.of(n >> 8, n & 255)]);
    }
    expect([...intake.refusedIds()]).toHaveLength(8192);
  });

  it('lets a bug through', async () => {
    const intake = new TxIntake({
      admit: () => Promise.reject(new Error('a bug')),
      metrics: new PeerMetrics(),
      monotonicMs: () => 0n,
    });
    await expect(intake.take(PEER, [Uint8Array.of(1)])).rejects.toThrow('a bug');
  });
});
