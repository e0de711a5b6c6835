import {beforeEach, describe, expect, it} from 'vitest';
import {MAX_RECORD_BYTES} from '../../src/protocol/stored-record.ts';
import {LocalOwner} from './local-owner.ts';
import {LocalSwarm} from './local-swarm.ts';

const DAY_MS = 86_400_000n;

let swarm: LocalSwarm;
let bob: LocalOwner;
let mallory: LocalOwner;
beforeEach(async () => {
  swarm = await LocalSwarm.start({members: 3});
  bob = new LocalOwner(swarm);
  mallory = new LocalOwner(swarm, 98);
});

type StoreParams = ReturnType<LocalOwner['storeParams']>;
type Auth = ReturnType<LocalOwner['storeAuth']>;

const store = (params: StoreParams, auth?: Auth) =>
  swarm.ask(0, {type: 'store', value: {params, auth}});

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    return String((error as {readonly code?: unknown}).code);
  }
}

/** What comes of a watch that nobody signed. */
async function watchUnsigned(namespace: number): Promise<string> {
  const stop = new AbortController();
  const params = {account: bob.identity.sessionId, namespace, after: undefined};
  const request = {type: 'watch', value: {params, auth: undefined}} as const;
  const events = swarm.member(1).messaging.clients.answer(request, stop);
  if (!(Symbol.asyncIterator in events)) throw new Error('a watch has events');
  const iterator = events[Symbol.asyncIterator]();
  const code = await codeOf(iterator.next());
  stop.abort();
  return code;
}

const [YES, NO] = ['ok', 'MESSAGING_AUTH_REQUIRED'];

describe('a namespace', () => {
  it.each([
    {namespace: 0, writes: YES, reads: NO},
    {namespace: 10, writes: YES, reads: NO},
    {namespace: -30, writes: YES, reads: NO},
    {namespace: 32_760, writes: YES, reads: NO},
    {namespace: -1, writes: NO, reads: YES},
    {namespace: -21, writes: NO, reads: YES},
    {namespace: -32_761, writes: NO, reads: YES},
    {namespace: 2, writes: NO, reads: NO},
    {namespace: 1, writes: NO, reads: NO},
    {namespace: -2, writes: NO, reads: NO},
    {namespace: -11, writes: NO, reads: NO},
    {namespace: 32_767, writes: NO, reads: NO},
    {namespace: -32_768, writes: NO, reads: NO},
  ])('$namespace: a stranger writes: $writes, reads: $reads; its owner does both', async (row) => {
    const {namespace, writes, reads} = row;
    const params = bob.storeParams('of the owner', namespace);
    expect(await codeOf(store(params, bob.storeAuth(params)))).toBe('ok');
    expect(await bob.read(1, {namespace})).toEqual(['of the owner']);

    const strange = bob.storeParams('of a stranger', namespace);
    expect(await codeOf(store(strange))).toBe(writes);
    if (writes === NO) {
      expect(await codeOf(store(strange, mallory.storeAuth(strange)))).toBe('MESSAGING_WRONG_KEYS');
    }
    const {params: asked} = bob.retrieveRequest({namespace}).value;
    const ask = {type: 'retrieve', value: {params: asked, auth: undefined}} as const;
    expect(await codeOf(swarm.ask(2, ask))).toBe(reads);
    expect(await watchUnsigned(namespace)).toBe(reads);
    expect(await bob.read(1, {namespace})).toHaveLength(writes === YES ? 2 : 1);
  });
});

describe('a deletion', () => {
  it('is the owner’s alone, also where everybody writes or reads', async () => {
    for (const namespace of [0, -1, 2]) {
      const params = bob.storeParams('stays', namespace);
      const {id} = await store(params, namespace === 0 ? undefined : bob.storeAuth(params));
      const foreign = mallory.deleteRequest([id], namespace);
      const value = {...foreign.value, params: {...foreign.value.params, account: params.account}};
      const attempt = swarm.ask(0, {type: 'delete', value});
      expect(await codeOf(attempt)).toBe('MESSAGING_WRONG_KEYS');
      expect(await bob.read(1, {namespace})).toEqual(['stays']);
      swarm.nowMs += 1;
      await bob.delete(1, [id], namespace);
      expect(await bob.read(2, {namespace})).toEqual([]);
    }
  });
});

describe('the limits of a record', () => {
  const sized = (length: number): StoreParams => ({
    ...bob.storeParams(''),
    data: new Uint8Array(length).fill(7),
  });

  it(`are ${MAX_RECORD_BYTES} bytes`, async () => {
    expect(await codeOf(store(sized(MAX_RECORD_BYTES)))).toBe('ok');
    expect(await codeOf(store(sized(0)))).toBe('ok');
    expect(await codeOf(store(sized(MAX_RECORD_BYTES + 1)))).toBe('CODEC_LENGTH_LIMIT');
  });

  it.each([
    [0, 14n * DAY_MS, 'ok'],
    [0, 14n * DAY_MS + 1n, 'MESSAGING_BAD_TTL'],
    [0, 10_000n, 'ok'],
    [0, 9999n, 'MESSAGING_BAD_TTL'],
    [2, 30n * DAY_MS, 'ok'],
    [2, 30n * DAY_MS + 1n, 'MESSAGING_BAD_TTL'],
    [-1, 30n * DAY_MS, 'ok'],
    [-1, 0n, 'MESSAGING_BAD_TTL'],
    [0, 2n ** 64n - 1n, 'MESSAGING_BAD_TTL'],
  ])('in namespace %d, a lifetime of %d ms: %s', async (namespace, ttlMs, code) => {
    const params = bob.storeParams('for a while', namespace, ttlMs);
    expect(await codeOf(store(params, bob.storeAuth(params)))).toBe(code);
  });

  it.each([
    [10_000, 'ok'],
    [10_001, 'MESSAGING_BAD_TIME'],
    // One that has ended already; its lifetime is an hour.
    [-3_599_999, 'ok'],
    [-3_600_000, 'MESSAGING_BAD_TIME'],
  ])('a sender’s clock that leads by %d ms: %s', async (leadMs, code) => {
    const params = bob.storeParams('from elsewhere');
    const timestampMs = params.timestampMs + BigInt(leadMs);
    expect(await codeOf(store({...params, timestampMs}))).toBe(code);
  });
});
