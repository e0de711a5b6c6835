import {beforeEach, describe, expect, it} from 'vitest';
import {messageIdOf} from '../../src/crypto/message-id.ts';
import {leavesAt} from '../../src/messaging/record-space.ts';
import {storedSetOf} from '../../src/messaging/stored-set.ts';
import {toHash} from '../../src/protocol/bytes.ts';
import {CONSISTENCY} from '../../src/protocol/overlay/client-protocol.ts';
import type {Operation} from '../../src/protocol/overlay/member-protocol.ts';
import {LocalOwner} from './local-owner.ts';
import {LocalSwarm} from './local-swarm.ts';
import {deliver, storeOperation, write} from './member-requests.ts';

const NEVER = new AbortController().signal;
/** From the member that stamps to the one that is looked at. */
const BETWEEN = {from: 2, to: 0};

let swarm: LocalSwarm;
let bob: LocalOwner;
beforeEach(async () => {
  swarm = await LocalSwarm.start({members: 3});
  bob = new LocalOwner(swarm);
});

const stampOf = (at: number, {ms = 0, counter = 0} = {}) => ({
  clockMs: BigInt(swarm.nowMs + ms),
  counter,
  coordinator: swarm.member(at).nodeId,
});

describe('a direct write', () => {
  it('must be stamped by the member that sends it', async () => {
    const params = bob.storeParams('hello');
    const foreign = storeOperation(params, stampOf(1));
    await expect(write(swarm, BETWEEN, foreign)).rejects.toThrow('MESSAGING_BAD_STAMP');
    expect(await bob.read(0, {consistency: CONSISTENCY.one})).toEqual([]);
    await expect(write(swarm, BETWEEN, storeOperation(params, stampOf(2)))).resolves.toBeDefined();
  });

  it('gets its receipt again when it comes again', async () => {
    const operation = storeOperation(bob.storeParams('hello'), stampOf(2));
    const [first, second] = [
      await write(swarm, BETWEEN, operation),
      await write(swarm, BETWEEN, operation),
    ];
    expect(second?.receipt).toEqual(first?.receipt);
    expect(second !== undefined && (await swarm.isReceiptValid(second))).toBe(true);
  });
});

describe('what is delivered together', () => {
  it('is taken with the deletes first, so that a record without bytes finds its end', async () => {
    const {data, ...place} = bob.storeParams('gone');
    const id = messageIdOf(place, data);
    const ended = {id, size: data.length, dataHash: toHash(new Uint8Array(32))};
    const store: Operation = {
      stamp: stampOf(2),
      body: {
        type: 'store',
        value: {...place, content: {type: 'ended', value: ended}, auth: undefined},
      },
    };
    const remove: Operation = {
      stamp: stampOf(2, {counter: 1}),
      body: {type: 'delete', value: bob.deleteRequest([id]).value},
    };
    expect(await deliver(swarm, BETWEEN, [store, remove])).toBe(2);
  });
});

describe('what comes after the grace of a cut-off', () => {
  /** Whether a member's set of a cut-off has the message. */
  async function isCounted(at: number, cutOffMs: bigint): Promise<boolean> {
    const {recordCount} = await storedSetOf(leavesAt(swarm.member(at).disk, cutOffMs));
    return recordCount === 1n;
  }

  /** Stamped before the cut-off, known to all but member 0. */
  async function missed() {
    swarm.member(0).condition = 'down';
    const {stamp} = await bob.store(1, 'late');
    await swarm.followUp();
    swarm.member(0).condition = 'up';
    swarm.nowMs += 1000;
    const cutOffMs = BigInt(swarm.nowMs);
    swarm.nowMs += 60_000;
    swarm.lateBeforeMs = cutOffMs;
    return {cutOffMs, stamp};
  }

  it.each<[string, () => Promise<unknown>]>([
    ['a hint', () => swarm.member(1).messaging.hints.run(NEVER)],
    ['a read', () => bob.read(0)],
  ])('counts in the next one when %s brings it', async (_name, bring) => {
    const {cutOffMs} = await missed();
    await bring();
    expect(await bob.read(0, {consistency: CONSISTENCY.one})).toEqual(['late']);
    expect(await isCounted(1, cutOffMs)).toBe(true);
    expect(await isCounted(0, cutOffMs)).toBe(false);
    expect(await isCounted(0, cutOffMs + 1n)).toBe(true);
  });

  it('counts by its stamp when it was fetched for the commitment', async () => {
    const {cutOffMs, stamp} = await missed();
    const span = {fromMs: 0n, toMs: cutOffMs};
    await swarm.member(0).messaging.repair.run(swarm.state, span, NEVER);
    expect(await isCounted(0, stamp.clockMs - 1n)).toBe(false);
    expect(await isCounted(0, stamp.clockMs)).toBe(true);
  });
});
