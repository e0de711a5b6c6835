import {describe, expect, it} from 'vitest';
import {signOwnerRequest} from '../../src/client/owner-request.ts';
import {verifySignature} from '../../src/crypto/ml-dsa.ts';
import {type OwnerRequest, ownerClaimBytes} from '../../src/crypto/owner-claim.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {SIGNATURE_CONTEXT} from '../../src/protocol/domains.ts';
import {WatchParams} from '../../src/protocol/overlay/client-protocol.ts';
import {OWNER_METHOD, OwnerAuth} from '../../src/protocol/overlay/owner-auth.ts';
import {CHAIN, handMadePerson, identityOf, NOW_MS} from './people.ts';
import {requestByHand} from './second-seal.ts';

const alice = identityOf(1);
const account = alice.sessionId;
const request: OwnerRequest<WatchParams> = {
  chain: CHAIN,
  method: OWNER_METHOD.watch,
  account,
  codec: WatchParams,
  params: {account, namespace: 0, after: undefined},
};
const sign = (withKeys = false) => signOwnerRequest(alice, request, {timeMs: NOW_MS, withKeys});

/** What a member does with it, once it knows the keys. */
const isSigned = (asked: OwnerRequest<WatchParams>, auth: OwnerAuth): boolean =>
  verifySignature({
    publicKey: alice.keys.signing,
    context: SIGNATURE_CONTEXT.request,
    message: ownerClaimBytes(asked, auth),
    signature: auth.signature,
  });

describe('owner’s request', () => {
  it('verifies at a member after its way there, with the keys or without', () => {
    for (const withKeys of [true, false]) {
      const read = decode(OwnerAuth, encode(OwnerAuth, sign(withKeys)));
      expect(read.keys).toEqual(withKeys ? alice.keys : undefined);
      expect(read.timeMs).toBe(NOW_MS);
      expect(isSigned(request, read)).toBe(true);
    }
  });

  it('is good for nothing else', () => {
    const auth = sign();
    expect(isSigned({...request, method: OWNER_METHOD.retrieve}, auth)).toBe(false);
    expect(isSigned({...request, params: {...request.params, namespace: 10}}, auth)).toBe(false);
    expect(isSigned({...request, chain: {...CHAIN, networkId: 1}}, auth)).toBe(false);
    expect(isSigned({...request, account: identityOf(2).sessionId}, auth)).toBe(false);
    expect(isSigned(request, {...auth, timeMs: NOW_MS + 1n})).toBe(false);
  });

  it('never has the same nonce twice', () => {
    const nonces = Array.from({length: 100}, () => bytesToHex(sign().nonce));
    expect(new Set(nonces).size).toBe(100);
  });

  it('has the claim of a second implementation', () => {
    const auth = sign();
    const params = encode(WatchParams, request.params);
    const byHand = {...CHAIN, ...auth, method: request.method, params};
    const {claim} = requestByHand(handMadePerson(1), byHand);
    expect(bytesToHex(ownerClaimBytes(request, auth))).toBe(bytesToHex(claim));
  });
});
