import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {ClientError} from '../../src/client/errors.ts';
import {HouseRpc} from '../../src/client/house-rpc.ts';
import {keyRefOf} from '../../src/client/key-record.ts';
import {KeyWatch} from '../../src/daemon/key-watch.ts';
import {bytesToKey, type KemPublicKey} from '../../src/protocol/bytes.ts';
import {
  type Fault,
  type HouseKey,
  HouseServer,
  keyIdOf,
  serveKeys,
} from '../client/house-server.ts';
import {identityOf} from '../client/people.ts';
import {recordingPorts} from './recorder.ts';

const SIGNAL = new AbortController().signal;
const EPOCH_SECONDS = 160;
const [EPOCH_MS, SOON_MS] = [160_000, 10_000];
const KEY = identityOf(1).keys.kem;
const OTHER = identityOf(2).keys.kem;
const NAME = 'sessionvm/node-1';

let house: HouseServer;
let keys: Map<string, HouseKey>;
let registered: KemPublicKey | undefined;
let revocations: KemPublicKey[];
let isThrough: boolean;
beforeEach(async () => {
  house = await HouseServer.start();
  keys = new Map();
  serveKeys(house, keys);
  registered = KEY;
  revocations = [];
  isThrough = true;
});
afterEach(() => house.close());

function put(over: Partial<HouseKey> = {}): void {
  const key = {name: NAME, algorithm: 'ml-kem-768', publicKey: KEY, status: 'active', ...over};
  keys.set(NAME, key);
}

function watchOf(reference = NAME) {
  const {ports, events} = recordingPorts();
  const watch = new KeyWatch(
    {
      keys: new HouseRpc({url: house.url, timeoutMs: 300}),
      registeredKey: async () => registered,
      revoke: async (key) => {
        revocations.push(key);
        return isThrough;
      },
      ports,
    },
    {ref: keyRefOf(reference), epochSeconds: EPOCH_SECONDS},
  );
  return {watch, events};
}

describe('KeyWatch', () => {
  it.each([
    ['name', NAME],
    ['id', keyIdOf(NAME)],
  ])('finds an active key by its %s, and asks again an epoch later', async (_by, reference) => {
    put();
    const {watch} = watchOf(reference);
    expect(watch.state()).toBe('asking');
    expect(await watch.step(SIGNAL)).toBe(EPOCH_MS);
    expect([watch.state(), watch.problems()]).toEqual(['active', []]);
    expect(revocations).toEqual([]);
  });

  it('turns a revocation into one here, and asks until that is through', async () => {
    put({status: 'revoked'});
    isThrough = false;
    const {watch, events} = watchOf();
    expect(await watch.step(SIGNAL)).toBe(SOON_MS);
    isThrough = true;
    expect(await watch.step(SIGNAL)).toBe(EPOCH_MS);
    expect(watch.state()).toBe('revoked');
    expect(watch.problems()).toEqual([expect.stringContaining('revoked')]);
    expect(revocations.map(bytesToKey)).toEqual([bytesToKey(KEY), bytesToKey(KEY)]);
    expect(events().filter((event) => event === 'keychain.state')).toHaveLength(1);
  });

  it.each<[string, Partial<HouseKey>]>([
    ['another key', {publicKey: OTHER}],
    ['another key that is revoked', {publicKey: OTHER, status: 'revoked'}],
    ['a key of another algorithm', {algorithm: 'ml-dsa-65', status: 'revoked'}],
  ])('tells of %s, and revokes nothing', async (_what, over) => {
    put(over);
    const {watch} = watchOf();
    expect(await watch.step(SIGNAL)).toBe(EPOCH_MS);
    expect(watch.state()).toBe('otherKey');
    expect(watch.problems()).toHaveLength(1);
    expect(revocations).toEqual([]);
  });

  it('tells of a key that the key chain does not know', async () => {
    const {watch} = watchOf();
    await watch.step(SIGNAL);
    expect([watch.state(), watch.problems().length]).toEqual(['unknown', 1]);
  });

  it.each<Fault>([
    'hang',
    'cut',
    'redirect',
    'status500',
    'noJson',
    'list',
    'oversized',
    'endless',
    'otherId',
  ])('waits while the key chain answers with %s', async (fault) => {
    put({status: 'revoked'});
    house.fault = fault;
    const {watch} = watchOf();
    expect(await watch.step(SIGNAL)).toBe(SOON_MS);
    expect([watch.state(), watch.problems()]).toEqual(['silent', []]);
    expect(revocations).toEqual([]);
    house.fault = 'none';
    await watch.step(SIGNAL);
    expect(revocations).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['a key that was not asked for', {name: 'another'}],
    ['a status that nobody knows', {status: 'rotating'}],
    ['a key that is no base64', {publicKey: '???'}],
    ['no key', {publicKey: undefined}],
  ])('believes no answer with %s', async (_what, over) => {
    const publicKey = Buffer.from(KEY).toString('base64');
    const key = {id: keyIdOf(NAME), name: NAME, algorithm: 'ml-kem-768', publicKey};
    house.methods.set('kchain.GetKey', () => ({key: {...key, status: 'revoked', ...over}}));
    const {watch} = watchOf();
    await watch.step(SIGNAL);
    expect(watch.state()).toBe('silent');
    expect(revocations).toEqual([]);
  });

  it('asks nobody before the node is registered, and outlives a silent chain of its own', async () => {
    put();
    registered = undefined;
    const {watch} = watchOf();
    expect(await watch.step(SIGNAL)).toBe(SOON_MS);
    expect(house.calls).toEqual([]);
    const failing = new KeyWatch(
      {
        keys: new HouseRpc({url: house.url}),
        registeredKey: () => Promise.reject(new ClientError('CLIENT_UNREACHABLE')),
        revoke: async () => true,
        ports: recordingPorts().ports,
      },
      {ref: keyRefOf(NAME), epochSeconds: EPOCH_SECONDS},
    );
    expect(await failing.step(SIGNAL)).toBe(SOON_MS);
    expect(failing.state()).toBe('silent');
  });

  it('ends with its signal', async () => {
    put();
    house.fault = 'hang';
    const stopper = new AbortController();
    const running = watchOf().watch.run(stopper.signal);
    stopper.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
  });
});
