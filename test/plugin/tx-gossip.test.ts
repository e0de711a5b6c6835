import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {GossipMessage, MAX_GOSSIP_BYTES} from '../../src/plugin/gossip-message.ts';
import {PeerMetrics} from '../../src/plugin/peers/peer-metrics.ts';
import {TxGossip} from '../../src/plugin/tx-gossip.ts';
import {TxIntake} from '../../src/plugin/tx-intake.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {TxError} from '../../src/vm/errors.ts';
import {type ParsedTx, parseTx} from '../../src/vm/parsed-tx.ts';
import {Driver, testAccount} from '../vm/driver.ts';

const rich = testAccount('rich');
const driver = new Driver({accounts: [rich]});
const txs = Array.from({length: 400}, (_, i) =>
  driver.transfer(rich, rich.address, BigInt(i + 1), BigInt(i)),
);
const bytesOf = (list: readonly ParsedTx[]): Uint8Array[] => list.map(({bytes}) => bytes);
const message = (list: readonly Uint8Array[]): Uint8Array =>
  encode(GossipMessage, {type: 'txs', value: {txs: [...list]}});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const sent: Uint8Array[] = [];
  const known = new Set<string>();
  let nowMs = 10_000n;
  const metrics = new PeerMetrics();
  const monotonicMs = (): bigint => nowMs;
  const intake = new TxIntake({
    async admit(bytes) {
      const tx = parseTx(bytes);
      if (known.has(bytesToHex(tx.id))) throw new TxError('TX_ALREADY_KNOWN');
      known.add(bytesToHex(tx.id));
      return tx;
    },
    metrics,
    monotonicMs,
  });
  const messenger = {
    async sendGossip(msg: Uint8Array) {
      sent.push(msg);
      return true;
    },
  };
  const gossip = new TxGossip({messenger, intake, metrics, monotonicMs});
  const later = (ms: bigint): void => {
    nowMs += ms;
  };
  return {gossip, sent, later};
}

const peer = new Uint8Array(20).fill(1);
const sentTxs = (sent: readonly Uint8Array[]): Uint8Array[] =>
  sent.flatMap((bytes) => decode(GossipMessage, bytes).value.txs);

describe('TxGossip', () => {
  it('sends what was admitted within a moment together', async () => {
    const {gossip, sent} = setUp();
    for (const tx of txs.slice(0, 3)) gossip.announce(tx);
    expect(sent).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(20);
    expect(sent).toHaveLength(1);
    expect(sentTxs(sent)).toEqual(bytesOf(txs.slice(0, 3)));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('never sends more than a message holds', async () => {
    const {gossip, sent} = setUp();
    for (const tx of txs) gossip.announce(tx);
    await vi.advanceTimersByTimeAsync(20);
    expect(sent.length).toBeGreaterThan(1);
    for (const bytes of sent) expect(bytes.length).toBeLessThanOrEqual(MAX_GOSSIP_BYTES);
    expect(sentTxs(sent)).toEqual(bytesOf(txs));
  });

  it('admits what is good and drops everything else', async () => {
    const {gossip} = setUp();
    const good = bytesOf(txs.slice(0, 2));
    const mixed = [...good, new Uint8Array(5000), ...good];
    expect(await gossip.receive(peer, message(mixed))).toBe(2);
    const whole = message(good);
    for (const garbage of [
      new Uint8Array(),
      new Uint8Array(2_000_000),
      whole.subarray(0, 100),
      Uint8Array.of(...whole.subarray(0, 200)),
      new Uint8Array([...whole, 0]),
    ]) {
      expect(await gossip.receive(peer, garbage)).toBe(0);
    }
  });

  it('lets one peer cost only so much', async () => {
    const {gossip, later} = setUp();
    const junk = message(Array.from({length: 250}, () => new Uint8Array(1)));
    for (let i = 0; i < 16; i++) await gossip.receive(peer, junk);
    const good = message(bytesOf(txs.slice(0, 1)));
    expect(await gossip.receive(peer, good)).toBe(0);
    expect(await gossip.receive(new Uint8Array(20).fill(2), good)).toBe(1);
    later(1000n);
    expect(await gossip.receive(peer, message(bytesOf(txs.slice(1, 2))))).toBe(1);
  });

  it('tells again what waits, at most every 5 s and 128 KiB of it', async () => {
    const {gossip, sent, later} = setUp();
    gossip.repeat(txs);
    gossip.repeat(txs);
    await vi.advanceTimersByTimeAsync(20);
    const first = sentTxs(sent).length;
    expect(first).toBeGreaterThan(10);
    expect(sent.reduce((sum, bytes) => sum + bytes.length, 0)).toBeLessThan(140_000);
    later(5000n);
    gossip.repeat(txs);
    await vi.advanceTimersByTimeAsync(20);
    expect(sentTxs(sent)).toHaveLength(2 * first);
  });

  it('leaves no timer behind', () => {
    const {gossip} = setUp();
    gossip.announce(txs[0]!);
    gossip.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
