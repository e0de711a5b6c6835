import {describe, expect, it} from 'vitest';
import {sessionIdOf} from '../../src/crypto/ids.ts';
import {
  type OwnerRequest,
  ownerClaimBytes,
  ownsInbox,
  requestDigest,
  verifyOwnerAuth,
} from '../../src/crypto/owner-claim.ts';
import {type Hash, toChainId, toHash, toSignature} from '../../src/protocol/bytes.ts';
import {decode} from '../../src/protocol/codec.ts';
import {SIGNATURE_CONTEXT} from '../../src/protocol/domains.ts';
import {
  OWNER_METHOD,
  type OwnerAuth,
  OwnerClaim,
  toRequestNonce,
} from '../../src/protocol/overlay/owner-auth.ts';
import {kemKeyOf, signerOf} from '../client/keys.ts';
import {flipped} from './twins.ts';

const owner = signerOf(1);
const keys = {kem: kemKeyOf(1), signing: owner.publicKey};
const request: OwnerRequest = {
  networkId: 1337,
  chainId: toChainId(new Uint8Array(32).fill(7)),
  method: OWNER_METHOD.retrieve,
  account: sessionIdOf(keys.kem, keys.signing),
  params: Uint8Array.of(1, 2, 3),
};
const proof = {nonce: toRequestNonce(new Uint8Array(16).fill(9)), timeMs: 1_767_225_600_000n};
const auth: OwnerAuth = {
  ...proof,
  keys: undefined,
  signature: owner.sign(SIGNATURE_CONTEXT.request, ownerClaimBytes(request, proof)),
};

describe('owner claim', () => {
  it('holds what the request says, and its parameters by their tagged hash', () => {
    const {params, ...rest} = request;
    expect(decode(OwnerClaim, ownerClaimBytes(request, proof))).toEqual({
      ...rest,
      ...proof,
      digest: requestDigest(params),
    });
    expect(requestDigest(params)).not.toEqual(requestDigest(Uint8Array.of(1, 2)));
  });

  it('verifies for the owner', async () => {
    expect(ownsInbox(request.account, keys)).toBe(true);
    expect(await verifyOwnerAuth(request, auth, keys)).toBe(true);
  });

  it('verifies for nothing else', async () => {
    const other: Hash = toHash(new Uint8Array(32).fill(8));
    const changed: readonly OwnerRequest[] = [
      {...request, networkId: 1},
      {...request, chainId: toChainId(other)},
      {...request, method: OWNER_METHOD.delete},
      {...request, params: Uint8Array.of(1, 2, 4)},
      {...request, params: Uint8Array.of(1, 2, 3, 0)},
      {...request, account: sessionIdOf(kemKeyOf(2), keys.signing)},
    ];
    for (const asked of changed) expect(await verifyOwnerAuth(asked, auth, keys)).toBe(false);
    const changedAuth: readonly OwnerAuth[] = [
      {...auth, timeMs: auth.timeMs + 1n},
      {...auth, nonce: toRequestNonce(new Uint8Array(16))},
      {...auth, signature: toSignature(flipped(auth.signature, 100))},
    ];
    for (const claimed of changedAuth) {
      expect(await verifyOwnerAuth(request, claimed, keys)).toBe(false);
    }
  });

  it('belongs to the keys that hash to the inbox, both of them', async () => {
    for (const others of [
      {...keys, kem: kemKeyOf(2)},
      {...keys, signing: signerOf(2).publicKey},
    ]) {
      expect(ownsInbox(request.account, others)).toBe(false);
      expect(await verifyOwnerAuth(request, auth, others)).toBe(false);
    }
    const thief = signerOf(3);
    const signature = thief.sign(SIGNATURE_CONTEXT.request, ownerClaimBytes(request, proof));
    const stolen = {...keys, signing: thief.publicKey};
    expect(await verifyOwnerAuth(request, {...auth, signature}, stolen)).toBe(false);
  });
});
