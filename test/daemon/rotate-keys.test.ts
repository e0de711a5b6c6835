import {describe, expect, it} from 'vitest';
import {MAX_ROTATIONS} from '../../src/crypto/identity-file.ts';
import {createKemKey} from '../../src/crypto/ml-kem.ts';
import {createIdentity} from '../../src/daemon/identity-files.ts';
import {hashChainsOf, kemSeedsOf, type NodeIdentity} from '../../src/daemon/node-secrets.ts';
import {withNewKeys} from '../../src/daemon/rotate-keys.ts';
import {bytesToHex, toChainId} from '../../src/protocol/bytes.ts';

const [HERE, THERE] = [1, 2].map((byte) => toChainId(new Uint8Array(32).fill(byte))) as [
  ReturnType<typeof toChainId>,
  ReturnType<typeof toChainId>,
];
let drawn = 0;
const randomBytes = (length: number) => {
  drawn += 1;
  return new Uint8Array(length).fill(drawn);
};
const fresh = () => createIdentity('node', randomBytes) as NodeIdentity;
const keyOf = (seed: NodeIdentity['kemSeed']) => `0x${bytesToHex(createKemKey(seed).publicKey)}`;

/** What a chain says that has this seed's key, and this one's before it. */
const recordOf = (seed: NodeIdentity['kemSeed'], previous?: NodeIdentity['kemSeed']) => ({
  encryptionKey: keyOf(seed),
  transportKeys: {
    revoked: false,
    previous: previous === undefined ? null : {encryptionKey: keyOf(previous), epochsLeft: '1'},
    nextHashChainTip: null,
  },
});

function rotated(identity: NodeIdentity, chainId = HERE, withHashChain = false) {
  const record = recordOf(identity.kemSeed);
  return withNewKeys(identity, {chainId, record, withHashChain}, randomBytes);
}

describe('withNewKeys', () => {
  it('adds keys for one chain and keeps those of all', () => {
    const before = fresh();
    const {identity, rotation} = rotated(before);
    expect(before.rotations).toBeUndefined();
    expect(kemSeedsOf(identity, HERE)).toEqual([rotation.kemSeed, before.kemSeed]);
    expect(kemSeedsOf(identity, THERE)).toEqual([before.kemSeed]);
    expect(rotation.chainSeed).toBeUndefined();
  });

  it('brings a new hash chain when asked, the newest first', () => {
    const before = fresh();
    const [only] = hashChainsOf(before, HERE);
    const {identity} = rotated(before, HERE, true);
    const chains = hashChainsOf(identity, HERE);
    expect(chains.map(({tip}) => tip).slice(1)).toEqual([only?.tip]);
    expect(chains[0]?.tip).not.toEqual(only?.tip);
    expect(hashChainsOf(identity, THERE)).toHaveLength(1);
  });

  it('lets the oldest go that nothing needs, when the file is full', () => {
    let identity = fresh();
    identity = rotated(identity, THERE).identity;
    identity = rotated(identity, HERE, true).identity;
    while (identity.rotations?.length !== MAX_ROTATIONS) identity = rotated(identity).identity;
    const before = identity.rotations ?? [];
    const [, , third, fourth, fifth] = before;
    const record = recordOf(fourth!.kemSeed, third!.kemSeed);
    const init = {chainId: HERE, record, withHashChain: false};
    const {rotations = []} = withNewKeys(identity, init, randomBytes).identity;
    expect(rotations).toHaveLength(MAX_ROTATIONS);
    // The other chain's, the hash chain's and those on the chain stay.
    expect(rotations.slice(0, -1)).toEqual(before.filter((each) => each !== fifth));
  });

  it('refuses when all of a full file are in use', () => {
    let identity = fresh();
    while (identity.rotations?.length !== MAX_ROTATIONS) {
      identity = rotated(identity, HERE, true).identity;
    }
    expect(() => rotated(identity)).toThrow('DAEMON_TOO_MANY_ROTATIONS');
    expect(() => rotated(identity, THERE)).toThrow('DAEMON_TOO_MANY_ROTATIONS');
  });
});
