import {describe, expect, it} from 'vitest';
import {taggedHash} from '../../src/crypto/hash.ts';
import {sessionIdOf} from '../../src/crypto/ids.ts';
import {type OwnerRequest, ownerClaimBytes} from '../../src/crypto/owner-claim.ts';
import {bytesToHex, toChainId, toHash} from '../../src/protocol/bytes.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {HASH_TAG} from '../../src/protocol/domains.ts';
import {DeleteParams} from '../../src/protocol/overlay/client-protocol.ts';
import {OWNER_METHOD, OwnerClaim, toRequestNonce} from '../../src/protocol/overlay/owner-auth.ts';
import {kemKeyOf, signerOf} from '../client/keys.ts';

const account = sessionIdOf(kemKeyOf(1), signerOf(1).publicKey);
const request: OwnerRequest<DeleteParams> = {
  chain: {networkId: 1337, chainId: toChainId(new Uint8Array(32).fill(7))},
  method: OWNER_METHOD.delete,
  account,
  codec: DeleteParams,
  params: {account, namespace: 0, ids: [toHash(new Uint8Array(32).fill(1))]},
};
const proof = {nonce: toRequestNonce(new Uint8Array(16).fill(9)), timeMs: 1_767_225_600_000n};

describe('owner claim', () => {
  it('holds what the request says, and its encoded parameters by their tagged hash', () => {
    const {chain, method, codec, params} = request;
    expect(decode(OwnerClaim, ownerClaimBytes(request, proof))).toEqual({
      ...chain,
      ...proof,
      method,
      account,
      digest: taggedHash(HASH_TAG.request, encode(codec, params)),
    });
  });

  it('is another one for every change of the request, its time or its nonce', () => {
    const {chain, params} = request;
    const other = toHash(new Uint8Array(32).fill(8));
    const claims = [
      ownerClaimBytes(request, proof),
      ownerClaimBytes({...request, chain: {...chain, networkId: 1}}, proof),
      ownerClaimBytes({...request, chain: {...chain, chainId: toChainId(other)}}, proof),
      ownerClaimBytes({...request, method: OWNER_METHOD.store}, proof),
      ownerClaimBytes(
        {...request, account: sessionIdOf(kemKeyOf(2), signerOf(1).publicKey)},
        proof,
      ),
      ownerClaimBytes({...request, params: {...params, namespace: 1}}, proof),
      ownerClaimBytes({...request, params: {...params, ids: [other]}}, proof),
      ownerClaimBytes(request, {...proof, timeMs: proof.timeMs + 1n}),
      ownerClaimBytes(request, {...proof, nonce: toRequestNonce(new Uint8Array(16))}),
    ];
    expect(new Set(claims.map(bytesToHex)).size).toBe(claims.length);
  });
});
