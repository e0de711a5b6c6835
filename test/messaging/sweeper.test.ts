import {beforeEach, describe, expect, it} from 'vitest';
import {messageIdOf} from '../../src/crypto/message-id.ts';
import {dataKey} from '../../src/messaging/key-space.ts';
import {utf8ToBytes} from '../../src/protocol/bytes.ts';
import {CONSISTENCY} from '../../src/protocol/overlay/client-protocol.ts';
import {contentOf} from './holders.ts';
import {LocalOwner} from './local-owner.ts';
import {LocalSwarm, recordStoreOn} from './local-swarm.ts';
import {deliver, storeOperation} from './member-requests.ts';
import {sweepAllAt, sweepAt} from './sweep-at.ts';

const TEN_SECONDS = 10_000n;
const HOUR = 3_600_000n;

let swarm: LocalSwarm;
let bob: LocalOwner;
beforeEach(async () => {
  swarm = await LocalSwarm.start({members: 1});
  bob = new LocalOwner(swarm);
});

const sweepNow = (): Promise<void> => sweepAllAt(swarm.member(0).messaging, BigInt(swarm.nowMs));
const read = (): Promise<string[]> => bob.read(0, {consistency: CONSISTENCY.one});

describe('a message that was stored twice', () => {
  it.each([
    ['earlier', [TEN_SECONDS, HOUR]],
    ['later', [HOUR, TEN_SECONDS]],
  ])('stays until its later end, and goes then: the first one’s is %s', async (_name, ttls) => {
    for (const ttlMs of ttls) {
      const params = bob.storeParams('hello', 0, ttlMs);
      await swarm.ask(0, {type: 'store', value: {params, auth: undefined}});
      swarm.nowMs += 5000;
    }
    swarm.nowMs += 5000;
    const {messaging, disk} = swarm.member(0);
    await sweepAt(messaging, BigInt(swarm.nowMs));
    expect(await sweepAt(messaging, BigInt(swarm.nowMs))).toBe(0);
    expect(await read()).toEqual(['hello']);
    swarm.nowMs += Number(HOUR);
    await sweepNow();
    expect(await contentOf(recordStoreOn(disk))).toEqual([]);
  });
});

describe('the bytes of a message that had ended', () => {
  /** Deleted when nobody knew its end, which brought it back: the second of these is a record. */
  async function revive() {
    const startMs = swarm.nowMs;
    swarm.nowMs += 40_000;
    const at = (ms: number) => ({
      clockMs: BigInt(startMs + ms),
      counter: 0,
      coordinator: swarm.member(0).nodeId,
    });
    const params = bob.storeParams('hello');
    const account = bob.identity.sessionId;
    const id = messageIdOf({account, namespace: 0}, utf8ToBytes('hello'));
    const stored = (ms: number, ttlMs: bigint) => {
      const timestampMs = BigInt(startMs + ms);
      return storeOperation({...params, timestampMs, ttlMs}, at(ms));
    };
    const {value} = bob.deleteRequest([id]);
    const operations = [
      {stamp: at(20_000), body: {type: 'delete', value}} as const,
      stored(30_000, HOUR),
      stored(15_000, TEN_SECONDS),
    ];
    for (const operation of operations) {
      expect(await deliver(swarm, {from: 0, to: 0}, [operation])).toBe(1);
    }
    return {id, key: dataKey({account, namespace: 0, stamp: at(30_000), id})};
  }

  it('stay when it is a record again', async () => {
    await revive();
    expect(await read()).toEqual(['hello']);
    await sweepNow();
    expect(await read()).toEqual(['hello']);
  });

  it('stay until the cut-off that follows its last end', async () => {
    const {id, key} = await revive();
    const beforeMs = BigInt(swarm.nowMs);
    swarm.nowMs += 1000;
    await bob.delete(0, [id]);
    const {disk, messaging} = swarm.member(0);
    await sweepAllAt(messaging, beforeMs);
    expect(await disk.has(key)).toBe(true);
    await sweepNow();
    expect(await disk.has(key)).toBe(false);
  });
});
