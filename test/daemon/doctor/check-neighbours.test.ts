import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {defaultKeyName} from '../../../src/client/key-record.ts';
import {checkIdentity, checkKeyAtKeyChain} from '../../../src/daemon/doctor/check-neighbours.ts';
import {bytesToHex, toNodeId} from '../../../src/protocol/bytes.ts';
import {
  type Fault,
  type HouseKey,
  HouseServer,
  serveIdentities,
  serveKeys,
} from '../../client/house-server.ts';
import {identityOf} from '../../client/people.ts';

const SIGNAL = new AbortController().signal;
const KEY = identityOf(1).keys.kem;
const nodeId = toNodeId(new Uint8Array(20).fill(3));
const own = {nodeId, encryptionKey: `0x${bytesToHex(KEY)}`};

let house: HouseServer;
let keys: Map<string, HouseKey>;
beforeEach(async () => {
  house = await HouseServer.start();
  keys = new Map();
  serveKeys(house, keys);
  serveIdentities(house, new Map());
});
afterEach(() => house.close());

const identity = () => checkIdentity({identity: house.url}, SIGNAL);
const keyAt = (keyRef?: string) => checkKeyAtKeyChain({keyChain: house.url, keyRef}, own, SIGNAL);
const put = (over: Partial<HouseKey> = {}) => {
  const name = defaultKeyName(nodeId);
  keys.set(name, {name, algorithm: 'ml-kem-768', publicKey: KEY, status: 'active', ...over});
};

describe('the doctor and the neighbours', () => {
  it('says that nobody is asked when nothing is configured', async () => {
    const off = await checkIdentity({identity: undefined}, SIGNAL);
    expect(off).toMatchObject({check: 'identity', status: 'ok', text: 'off: no --identity'});
    const keyOff = await checkKeyAtKeyChain({keyChain: undefined, keyRef: 'x'}, own, SIGNAL);
    expect(keyOff).toMatchObject({check: 'keychain', status: 'ok', text: 'off: no --key-chain'});
    expect(house.calls).toEqual([]);
  });

  it('finds an identity chain that answers', async () => {
    expect(await identity()).toMatchObject({status: 'ok'});
  });

  it('looks for the key under the name of the node, or the one that is said', async () => {
    put();
    expect(await keyAt()).toMatchObject({status: 'ok', text: expect.stringContaining('active')});
    expect(await keyAt('other')).toMatchObject({status: 'warn', advice: expect.any(String)});
  });

  it('fails for a revoked key, and warns of another one', async () => {
    put({status: 'revoked'});
    expect(await keyAt()).toMatchObject({status: 'fail', text: expect.stringContaining('revoked')});
    put({publicKey: identityOf(2).keys.kem});
    expect(await keyAt()).toMatchObject({status: 'warn', text: expect.stringContaining('another')});
  });

  it.each<Fault>(['status500', 'noJson', 'cut', 'oversized'])(
    'warns when they answer with %s',
    async (fault) => {
      house.fault = fault;
      for (const finding of [await identity(), await keyAt()]) {
        expect(finding).toMatchObject({status: 'warn', text: expect.stringContaining('CLIENT_')});
      }
    },
  );
});
