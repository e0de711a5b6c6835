import {beforeEach, describe, expect, it, vi} from 'vitest';
import {messageIdOf} from '../../src/crypto/message-id.ts';
import {verifyReceipt} from '../../src/crypto/receipts.ts';
import {PREFIX} from '../../src/messaging/key-space.ts';
import {leavesAt} from '../../src/messaging/record-space.ts';
import {storedSetOf} from '../../src/messaging/stored-set.ts';
import {bytesToHex, toHash, utf8ToBytes} from '../../src/protocol/bytes.ts';
import {
  CONSISTENCY,
  type Cursor,
  type StoreParams,
} from '../../src/protocol/overlay/client-protocol.ts';
import type {Operation} from '../../src/protocol/overlay/member-protocol.ts';
import type {OwnerAuth} from '../../src/protocol/overlay/owner-auth.ts';
import {LocalOwner, TTL_MS} from './local-owner.ts';
import {LocalSwarm} from './local-swarm.ts';
import {sweepAllAt, sweepAt} from './sweep-at.ts';

const NEVER = new AbortController().signal;
let swarm: LocalSwarm;
let bob: LocalOwner;
beforeEach(async () => {
  swarm = await LocalSwarm.start({members: 5});
  bob = new LocalOwner(swarm);
});

async function rootOf(index: number): Promise<string> {
  const set = await storedSetOf(leavesAt(swarm.member(index).disk, BigInt(swarm.nowMs) + 1000n));
  return bytesToHex(set.root);
}

describe('a write', () => {
  it('is answered with receipts of a majority, and read at any member', async () => {
    const stored = await bob.store(0, 'hello');
    expect(stored.receipts.length).toBeGreaterThanOrEqual(3);
    const givers = stored.receipts.map(({receipt}) => bytesToHex(receipt.nodeId));
    expect(new Set(givers).size).toBe(givers.length);
    for (const signed of stored.receipts) {
      const member = swarm.members.find(
        ({nodeId}) => bytesToHex(nodeId) === bytesToHex(signed.receipt.nodeId),
      )!;
      expect(await verifyReceipt(signed, member.signer.publicKey)).toBe(true);
      expect(signed.receipt.expiryMs).toBe(stored.expiryMs);
    }
    for (const at of [0, 1, 2, 3, 4]) expect(await bob.read(at)).toEqual(['hello']);
  });

  it('does not wait for a member that is silent, and brings it up to date later', async () => {
    const silent = swarm.member(3);
    silent.condition = 'silent';
    const start = performance.now();
    await bob.store(0, 'first');
    await bob.store(0, 'second');
    // Two stores in less than the time that the silent one would take for one.
    expect(performance.now() - start).toBeLessThan(1000);
    const {messaging} = swarm.member(0);
    await vi.waitFor(async () => expect(await messaging.pendingHints()).toBe(2), 10_000);
    silent.condition = 'up';
    swarm.nowMs += 60_000;
    expect(await messaging.hints.run(NEVER)).toBe(2);
    expect(await messaging.hints.run(NEVER)).toBe(0);
    expect(await bob.read(3, {consistency: CONSISTENCY.one})).toEqual(['first', 'second']);
  });

  it('without a majority is an error, and never ok', async () => {
    for (const at of [1, 2, 3]) swarm.member(at).condition = at === 1 ? 'down' : 'silent';
    await expect(bob.store(0, 'lonely')).rejects.toThrow('MESSAGING_NO_MAJORITY');
  });

  it('asks members that were down again when there is no majority without them', async () => {
    for (const at of [3, 4]) swarm.member(at).condition = 'down';
    await bob.store(0, 'two are down');
    // Two others went meanwhile, and nobody knows it yet: all three up are needed.
    for (const at of [3, 4]) swarm.member(at).condition = 'up';
    for (const at of [1, 2]) swarm.member(at).condition = 'down';
    const {receipts} = await bob.store(0, 'two others are');
    expect(receipts).toHaveLength(3);
    for (const at of [3, 4]) swarm.member(at).condition = 'down';
    for (const at of [1, 2]) swarm.member(at).condition = 'up';
    expect(await bob.read(0)).toEqual(['two are down', 'two others are']);
  });

  it('is refused by what is wrong with it', async () => {
    const ask = (
      params: ReturnType<LocalOwner['storeParams']>,
      auth?: ReturnType<LocalOwner['storeAuth']>,
    ) => swarm.ask(0, {type: 'store', value: {params, auth}});
    const params = bob.storeParams('x');
    const day = 86_400_000n;
    await expect(ask({...params, ttlMs: 9_999n})).rejects.toThrow('MESSAGING_BAD_TTL');
    await expect(ask({...params, ttlMs: 14n * day + 1n})).rejects.toThrow('MESSAGING_BAD_TTL');
    const future = BigInt(swarm.nowMs) + 10_001n;
    await expect(ask({...params, timestampMs: future})).rejects.toThrow('MESSAGING_BAD_TIME');
    const past = BigInt(swarm.nowMs) - 3_600_000n;
    await expect(ask({...params, timestampMs: past})).rejects.toThrow('MESSAGING_BAD_TIME');
    const own = bob.storeParams('mine', 2);
    await expect(ask(own)).rejects.toThrow('MESSAGING_AUTH_REQUIRED');
    const auth = bob.storeAuth(own);
    const other = {...own, data: new Uint8Array(3)};
    await expect(ask(other, auth)).rejects.toThrow('MESSAGING_BAD_SIGNATURE');
    await expect(ask(own, {...auth, keys: undefined})).rejects.toThrow('MESSAGING_KEYS_NEEDED');
    const mallory = new LocalOwner(swarm, 98);
    await expect(ask(own, mallory.storeAuth(own))).rejects.toThrow('MESSAGING_WRONG_KEYS');
    await expect(ask(own, auth)).resolves.toBeDefined();
    await expect(ask(own, auth)).rejects.toThrow('MESSAGING_REPLAYED');
    swarm.member(0).isStorageFull = true;
    await expect(ask(params)).rejects.toThrow('MESSAGING_STORAGE_FULL');
  });

  it('is refused before anybody has it when there are 256 changes of its id; a delete is not', async () => {
    for (let count = 0; count < 256; count++) {
      swarm.nowMs += 1;
      await bob.store(count % 5, 'again');
    }
    const stampsAt = (at: number) =>
      swarm
        .member(at)
        .messaging.records.parts.database.history(
          {account: bob.identity.sessionId, namespace: 0},
          messageIdOf({account: bob.identity.sessionId, namespace: 0}, utf8ToBytes('again')),
        );
    await swarm.followUp();
    await vi.waitFor(async () => expect(await stampsAt(4)).toHaveLength(256));
    expect(await stampsAt(0)).toHaveLength(256);
    await expect(bob.store(0, 'again')).rejects.toThrow('MESSAGING_TOO_MANY_CHANGES');
    for (const at of [0, 1, 2, 3, 4]) expect(await stampsAt(at)).toHaveLength(256);
    const [first] = await stampsAt(0);
    expect((await bob.delete(3, [first!.id])).members).toBeGreaterThanOrEqual(3);
    expect(await bob.read(0)).toEqual([]);
  });

  it('that deletes names at least one message, and each once', async () => {
    const {id} = await bob.store(0, 'hello');
    await expect(bob.delete(0, [])).rejects.toThrow('MESSAGING_BAD_LIMIT');
    await expect(bob.delete(0, [id, id])).rejects.toThrow('MESSAGING_BAD_LIMIT');
    expect(await bob.read(1)).toEqual(['hello']);
  });

  it('of the same message twice is one record, until the later end', async () => {
    const first = await bob.store(0, 'twice');
    swarm.nowMs += 1000;
    const second = await bob.store(1, 'twice');
    expect(second.id).toEqual(first.id);
    const {records} = await swarm.ask(2, bob.retrieveRequest());
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({stamp: first.stamp, expiryMs: second.expiryMs});
  });

  it('of an outbox replaces what was there', async () => {
    await bob.store(0, 'card 1', -1);
    swarm.nowMs += 1;
    await bob.store(1, 'card 2', -1);
    expect(await bob.read(3, {namespace: -1})).toEqual(['card 2']);
  });
});

describe('a read', () => {
  it('by quorum sees what this member missed, and mends it', async () => {
    swarm.member(4).condition = 'down';
    await bob.store(0, 'missed');
    swarm.member(4).condition = 'up';
    expect(await bob.read(4, {consistency: CONSISTENCY.one})).toEqual([]);
    expect(await bob.read(4)).toEqual(['missed']);
    expect(await bob.read(4, {consistency: CONSISTENCY.one})).toEqual(['missed']);
  });

  it('by quorum does not show what a majority has deleted', async () => {
    const {id} = await bob.store(0, 'gone');
    await swarm.followUp();
    swarm.member(4).condition = 'down';
    swarm.nowMs += 5;
    await bob.delete(1, [id]);
    swarm.member(4).condition = 'up';
    expect(await bob.read(4, {consistency: CONSISTENCY.one})).toEqual(['gone']);
    expect(await bob.read(4)).toEqual([]);
  });

  it('goes on at another member where it stopped, though their clocks differ by 5 s', async () => {
    const texts = Array.from({length: 12}, (_, index) => `m${index}`);
    for (const [index, member] of swarm.members.entries()) member.clockSkewMs = (index - 2) * 2500;
    for (const [index, text] of texts.entries()) {
      swarm.nowMs += 20;
      await bob.store(index % 5, text);
    }
    const seen: string[] = [];
    let cursor: Cursor | undefined;
    const pageAt = (at: number) =>
      swarm.ask(at, bob.retrieveRequest({maxRecords: 5, after: cursor}));
    for (let at = 0; ; at = (at + 1) % 5) {
      const page = await pageAt(at);
      seen.push(...page.records.map(({data}) => new TextDecoder().decode(data)));
      cursor = page.records.at(-1) ?? cursor;
      if (!page.more) break;
    }
    expect([...seen].sort()).toEqual([...texts].sort());
  });

  it('is the owner’s alone, and once', async () => {
    const request = bob.retrieveRequest();
    const {params, auth} = request.value;
    await expect(
      swarm.ask(0, {type: 'retrieve', value: {params, auth: undefined}}),
    ).rejects.toThrow('MESSAGING_AUTH_REQUIRED');
    const other = {...params, maxRecords: 7};
    await expect(swarm.ask(0, {type: 'retrieve', value: {params: other, auth}})).rejects.toThrow(
      'MESSAGING_BAD_SIGNATURE',
    );
    await swarm.ask(0, request);
    await expect(swarm.ask(0, request)).rejects.toThrow('MESSAGING_REPLAYED');
    // SECURITY.md says so: a nonce is known to the member that took it.
    await expect(swarm.ask(2, request)).resolves.toBeDefined();
    await swarm.restart(swarm.member(0));
    await expect(swarm.ask(0, request)).resolves.toBeDefined();
    swarm.nowMs += 60_001;
    await expect(swarm.ask(1, request)).rejects.toThrow('MESSAGING_REQUEST_EXPIRED');
    await expect(swarm.ask(0, bob.retrieveRequest({maxRecords: 1001}))).rejects.toThrow(
      'MESSAGING_BAD_LIMIT',
    );
  });
});

describe('what a member makes up', () => {
  const stamp = (clockMs: number, counter = 0) => ({
    clockMs: BigInt(clockMs),
    counter,
    coordinator: swarm.member(4).nodeId,
  });
  /** The last member brings it to the first one, as a hint. */
  async function deliver(body: Operation['body'], counter: number, ms = 0): Promise<number> {
    const operations = [{stamp: stamp(swarm.nowMs + ms, counter), body}];
    const request = {type: 'deliver', value: {operations}} as const;
    const caller = swarm.callerOf(swarm.member(4));
    return (await caller.call(swarm.member(0).nodeId, request)).count;
  }
  const storeBody = (params: StoreParams, auth: OwnerAuth | undefined): Operation['body'] => {
    const {data, ...place} = params;
    return {type: 'store', value: {...place, content: {type: 'data', value: data}, auth}};
  };

  it('lives no longer than what a person may store', async () => {
    const params = bob.storeParams('for ever');
    const limit = BigInt(swarm.nowMs) + 10_000n;
    const late = {...params, timestampMs: limit + 1n};
    expect(await deliver(storeBody(late, undefined), 1)).toBe(0);
    const endless = {...params, timestampMs: 2n ** 64n - 1n};
    expect(await deliver(storeBody(endless, undefined), 2)).toBe(0);
    expect(await bob.read(0, {consistency: CONSISTENCY.one})).toEqual([]);
    expect(await deliver(storeBody({...params, timestampMs: limit}, undefined), 3)).toBe(1);
  });

  it('is stamped no later than 20 s from now', async () => {
    const body = storeBody(bob.storeParams('from the future'), undefined);
    expect(await deliver(body, 1, 20_001)).toBe(0);
    expect(await deliver(body, 2, 20_000)).toBe(1);
  });

  it('is no record and no delete in the owner’s name', async () => {
    const {id} = await bob.store(0, 'mine', 2);
    const forged = bob.storeParams('forged', 2);
    const mallory = new LocalOwner(swarm, 98);
    const stolen = bob.storeAuth(bob.storeParams('mine', 2));
    for (const [counter, auth] of [undefined, mallory.storeAuth(forged), stolen].entries()) {
      expect(await deliver(storeBody(forged, auth), counter)).toBe(0);
    }
    const params = {account: bob.identity.sessionId, namespace: 2, ids: [id]};
    expect(await deliver({type: 'delete', value: {params, auth: stolen}}, 9)).toBe(0);
    expect(await bob.read(0, {namespace: 2})).toEqual(['mine']);
  });

  it('brings the owner’s keys, also to a member that remembers them', async () => {
    await bob.store(0, 'remembered', 2);
    const withoutKeys = (auth: OwnerAuth): OwnerAuth => ({...auth, keys: undefined});
    const params = bob.storeParams('mine', 2);
    const auth = bob.storeAuth(params);
    expect(await deliver(storeBody(params, withoutKeys(auth)), 1)).toBe(0);
    expect(await deliver(storeBody(params, auth), 2)).toBe(1);
    const {value} = bob.deleteRequest([toHash(new Uint8Array(32))], 2);
    const remove = (signed: OwnerAuth) =>
      ({type: 'delete', value: {params: value.params, auth: signed}}) as const;
    expect(await deliver(remove(withoutKeys(value.auth)), 3)).toBe(0);
    expect(await deliver(remove(value.auth), 4)).toBe(1);
  });

  it('puts no other keys in the owner’s place', async () => {
    const mallory = new LocalOwner(swarm, 98);
    const keysOfBob = () =>
      swarm.member(0).messaging.records.parts.database.keys.keysOf(bob.identity.sessionId);
    const open = bob.storeParams('to all', 0);
    expect(await deliver(storeBody(open, mallory.storeAuth(open)), 1)).toBe(0);
    expect(await deliver(storeBody(open, bob.storeAuth(open)), 2)).toBe(0);
    expect(await keysOfBob()).toBeUndefined();

    // A store without its bytes, which are gone everywhere: nobody can check what its owner signed.
    const gone = bob.storeParams('gone', 2);
    const id = messageIdOf(gone, gone.data);
    const {data, ...place} = gone;
    const value = {id, size: data.length, dataHash: toHash(new Uint8Array(32))};
    const again = (auth: OwnerAuth): Operation['body'] => ({
      type: 'store',
      value: {...place, content: {type: 'ended', value}, auth},
    });
    expect(await deliver({type: 'delete', value: bob.deleteRequest([id], 2).value}, 3)).toBe(1);
    expect(await deliver(again(mallory.storeAuth(gone)), 4)).toBe(0);
    expect(await keysOfBob()).toEqual(bob.identity.keys);
    expect(await deliver(again(bob.storeAuth(gone)), 5)).toBe(1);
    expect(await keysOfBob()).toEqual(bob.identity.keys);
  });

  it('prolongs no record of an owner, unless the owner has said so', async () => {
    const stored = await bob.store(0, 'mine', 2);
    const longer = {...bob.storeParams('mine', 2), ttlMs: 2n * TTL_MS};
    const {data, ...place} = longer;
    const ended = {id: stored.id, size: data.length, dataHash: toHash(new Uint8Array(32))};
    const again = (auth: OwnerAuth | undefined): Operation['body'] => {
      const content = {type: 'ended', value: ended} as const;
      return {type: 'store', value: {...place, content, auth}};
    };
    const shorter = bob.storeAuth(bob.storeParams('mine', 2));
    expect(await deliver(again(undefined), 1)).toBe(0);
    expect(await deliver(again(shorter), 2)).toBe(0);
    const expiryOf = async (): Promise<bigint> => {
      const request = bob.retrieveRequest({namespace: 2, consistency: CONSISTENCY.one});
      return (await swarm.ask(0, request)).records[0]!.expiryMs;
    };
    expect(await expiryOf()).toBe(stored.expiryMs);
    expect(await deliver(again(bob.storeAuth(longer)), 3)).toBe(1);
    expect(await expiryOf()).toBe(stored.expiryMs + TTL_MS);
  });

  it('is no return of what its owner has deleted or replaced', async () => {
    const [old, auth] = [bob.storeParams('old', -1), bob.storeAuth(bob.storeParams('old', -1))];
    await swarm.ask(0, {type: 'store', value: {params: old, auth}});
    swarm.nowMs += 5;
    await bob.store(1, 'new', -1);
    await swarm.followUp();
    swarm.nowMs += 5;
    // The old card with its own signature, under a new stamp: taken, and dead.
    expect(await deliver(storeBody(old, auth), 1)).toBe(1);
    expect(await bob.read(0, {namespace: -1, consistency: CONSISTENCY.one})).toEqual(['new']);
  });

  it('is nothing when it had ended before its stamp, and replaces nothing', async () => {
    const [old, auth] = [bob.storeParams('old', -1), bob.storeAuth(bob.storeParams('old', -1))];
    swarm.nowMs += Number(TTL_MS);
    await bob.store(0, 'new', -1);
    await swarm.followUp();
    swarm.nowMs += 5;
    expect(await deliver(storeBody(old, auth), 1)).toBe(0);
    const stamp = {clockMs: BigInt(swarm.nowMs), counter: 0, coordinator: swarm.member(4).nodeId};
    const value = {epoch: swarm.state.epoch, operation: {stamp, body: storeBody(old, auth)}};
    const write = swarm
      .callerOf(swarm.member(4))
      .call(swarm.member(0).nodeId, {type: 'write', value});
    await expect(write).rejects.toThrow('MESSAGING_BAD_TIME');
    expect(await bob.read(0, {namespace: -1, consistency: CONSISTENCY.one})).toEqual(['new']);
  });

  it('is refused by a coordinator whose stamps lead its clock to the end of the message', async () => {
    const stamp = {
      clockMs: BigInt(swarm.nowMs) + 4000n,
      counter: 0,
      coordinator: swarm.member(4).nodeId,
    };
    swarm.member(0).messaging.records.parts.hybrid.notice(stamp);
    const params = bob.storeParams('ends soon', 0, 10_000n);
    const ask = (leftMs: bigint) => {
      const timestampMs = params.timestampMs - 10_000n + leftMs;
      return swarm.ask(0, {
        type: 'store',
        value: {params: {...params, timestampMs}, auth: undefined},
      });
    };
    await expect(ask(4000n)).rejects.toThrow('MESSAGING_BAD_TIME');
    expect(await swarm.member(0).messaging.pendingHints()).toBe(0);
    await expect(ask(4001n)).resolves.toBeDefined();
  });
});

describe('repair', () => {
  it('brings a member that was down what it missed, deletes included, and gives back what it has', async () => {
    const {id} = await bob.store(0, 'to be deleted');
    await swarm.followUp();
    const down = swarm.member(4);
    down.condition = 'down';
    for (let index = 0; index < 700; index++) {
      swarm.nowMs += 7;
      await bob.store(index % 4, `n${index}`);
    }
    await bob.delete(1, [id]);
    await swarm.followUp();
    down.condition = 'up';
    for (const at of [0, 1, 2, 3]) swarm.member(at).condition = 'down';
    await expect(bob.store(4, 'only here')).rejects.toThrow('MESSAGING_NO_MAJORITY');
    for (const at of [0, 1, 2, 3]) swarm.member(at).condition = 'up';
    const span = {fromMs: 0n, toMs: BigInt(swarm.nowMs)};
    const repaired = await down.messaging.repair.run(swarm.state, span, NEVER);
    expect(repaired.members).toBe(5);
    for (const at of [0, 1, 2, 3]) expect(await rootOf(at)).toBe(await rootOf(4));
    expect(await bob.read(2, {consistency: CONSISTENCY.one, maxRecords: 1000})).toContain(
      'only here',
    );
  });

  it('reaches to the last instant that a span can name', async () => {
    await bob.store(0, 'hello');
    await swarm.followUp();
    const ask = swarm.callerOf(swarm.member(1));
    const {nodeId} = swarm.member(0);
    const span = {fromMs: 0n, toMs: 2n ** 64n - 1n};
    const digest = await ask.call(nodeId, {type: 'digest', value: span});
    expect(digest.count).toBe(1);
    const first = await ask.call(nodeId, {type: 'stamps', value: {span, after: undefined}});
    expect(first.stamps).toHaveLength(1);
    const after = first.stamps[0]!;
    const rest = await ask.call(nodeId, {type: 'stamps', value: {span, after}});
    expect(rest).toEqual({stamps: [], more: false});
  });

  it('without a majority says so', async () => {
    for (const at of [0, 1, 2]) swarm.member(at).condition = 'down';
    const span = {fromMs: 0n, toMs: BigInt(swarm.nowMs)};
    await expect(swarm.member(4).messaging.repair.run(swarm.state, span, NEVER)).rejects.toThrow(
      'MESSAGING_NO_MAJORITY',
    );
  });
});

describe('time', () => {
  it('sweeps what no cut-off can hold any more, and nothing before', async () => {
    const {id} = await bob.store(0, 'deleted');
    await bob.store(0, 'kept');
    swarm.nowMs += 10;
    await bob.delete(0, [id]);
    const member = swarm.member(0);
    const entries = async (): Promise<number> => {
      let count = 0;
      for await (const [key] of member.disk.iterate()) if (key[0] !== PREFIX.local[0]) count += 1;
      return count;
    };
    const before = await entries();
    await sweepAt(member.messaging, BigInt(swarm.nowMs) - 11n);
    expect(await entries()).toBe(before);
    await sweepAt(member.messaging, BigInt(swarm.nowMs));
    expect(await entries()).toBeLessThan(before);
    expect(await bob.read(0)).toEqual(['kept']);
    await sweepAt(member.messaging, BigInt(swarm.nowMs) + 31n * 86_400_000n);
    expect(await entries()).toBe(0);
  });

  it('takes a delete with what it ended, so that who comes later does not know of it alone', async () => {
    swarm.member(4).condition = 'down';
    const params = bob.storeParams('short', 0, 10_000n);
    const {id} = await swarm.ask(0, {type: 'store', value: {params, auth: undefined}});
    await bob.delete(0, [id]);
    await swarm.followUp();
    swarm.nowMs += 60_000;
    for (const at of [0, 1, 2, 3])
      await sweepAllAt(swarm.member(at).messaging, BigInt(swarm.nowMs));
    swarm.member(4).condition = 'up';
    for (const at of [0, 1, 2, 3]) await swarm.member(at).messaging.hints.run(NEVER);
    const span = {fromMs: 0n, toMs: BigInt(swarm.nowMs)};
    await swarm.member(4).messaging.repair.run(swarm.state, span, NEVER);
    expect(await rootOf(4)).toBe(await rootOf(0));
    const again = bob.storeParams('short');
    await swarm.ask(0, {type: 'store', value: {params: again, auth: undefined}});
    await swarm.followUp();
    for (const at of [0, 4]) {
      expect(await bob.read(at, {consistency: CONSISTENCY.one})).toEqual(['short']);
    }
  });

  it('lets an owner change a card each day, however long', async () => {
    swarm = await LocalSwarm.start({members: 1});
    bob = new LocalOwner(swarm);
    for (let day = 0; day < 300; day += 1) {
      const params = bob.storeParams(`card ${day}`, -1, 30n * 86_400_000n);
      const auth = bob.storeAuth(params);
      await swarm.ask(0, {type: 'store', value: {params, auth}});
      await swarm.followUp();
      swarm.nowMs += 86_400_000;
      for (const {messaging} of swarm.members) await sweepAllAt(messaging, BigInt(swarm.nowMs));
    }
    expect(await bob.read(0, {namespace: -1})).toEqual(['card 299']);
  });

  it('refuses stamps that are too far away', async () => {
    swarm.member(0).clockSkewMs = 10_001;
    await expect(bob.store(0, 'from the future')).rejects.toThrow('MESSAGING_NO_MAJORITY');
  });

  it.each([false, true])(
    'goes on beside stamps at the edge of what is taken, good ones: %s',
    async (isGood) => {
      const liar = swarm.member(4);
      const {nodeId} = swarm.member(0);
      const value = bob.storeParams('from the edge', isGood ? 0 : 2);
      const {data, ...params} = value;
      const content = {type: 'data', value: data} as const;
      for (let count = 0; count < 10; count++) {
        swarm.nowMs += 1;
        const clockMs = BigInt(swarm.nowMs) + 10_000n;
        const stamp = {clockMs, counter: 65_535, coordinator: liar.nodeId};
        const body = {type: 'store', value: {...params, content, auth: undefined}} as const;
        const operation = {stamp, body};
        const write = swarm
          .callerOf(liar)
          .call(nodeId, {type: 'write', value: {epoch: swarm.state.epoch, operation}});
        if (isGood) await write;
        else await expect(write).rejects.toThrow('MESSAGING_AUTH_REQUIRED');
        expect((await bob.store(0, `store ${count}`)).receipts.length).toBeGreaterThan(2);
      }
    },
  );

  it('follows no stamp of what it refuses', async () => {
    const {messaging, nodeId} = swarm.member(0);
    const {data, ...params} = bob.storeParams('nobody signed it', 2);
    const clockMs = BigInt(swarm.nowMs) + 1000n;
    const stamp = {clockMs, counter: 0, coordinator: swarm.member(4).nodeId};
    const content = {type: 'data', value: data} as const;
    const body = {type: 'store', value: {...params, content, auth: undefined}} as const;
    const value = {epoch: swarm.state.epoch, operation: {stamp, body}};
    const write = swarm.callerOf(swarm.member(4)).call(nodeId, {type: 'write', value});
    await expect(write).rejects.toThrow('MESSAGING_AUTH_REQUIRED');
    expect(messaging.records.parts.hybrid.next().clockMs).toBe(BigInt(swarm.nowMs));
  });

  it('gives no stamp twice, though the clock went back and the process restarted', async () => {
    const first = await bob.store(0, 'one');
    swarm.nowMs -= 5;
    await swarm.restart(swarm.member(0));
    const second = await bob.store(0, 'two');
    expect(second.stamp.clockMs).toBeGreaterThan(first.stamp.clockMs);
  });
});

describe('a watch', () => {
  it('begins with what is there and goes on with what comes', async () => {
    await bob.store(0, 'before');
    const first = await swarm.ask(0, bob.retrieveRequest());
    await bob.store(1, 'between');
    const account = bob.identity.sessionId;
    const stop = new AbortController();
    const place = {account, namespace: -1};
    const card = await bob.store(2, 'card', -1);
    await swarm.followUp();
    const params = {
      ...place,
      after: {stamp: first.records[0]!.stamp, id: toHash(new Uint8Array(32))},
    };
    const events = swarm
      .member(3)
      .messaging.clients.answer({type: 'watch', value: {params, auth: undefined}}, stop);
    if (!(Symbol.asyncIterator in events)) throw new Error('no events');
    const seen: string[] = [];
    for await (const {value} of events) {
      if (!('records' in value)) throw new Error('no page');
      seen.push(...value.records.map(({data}) => new TextDecoder().decode(data)));
      if (seen.length === 1 && value.records.length === 0) await bob.store(0, 'card 2', -1);
      if (seen.length === 2) stop.abort();
    }
    expect(card.id).toBeDefined();
    expect(seen).toEqual(['card', 'card 2']);
    expect(swarm.member(3).messaging.hub.count).toBe(0);
  });
});
