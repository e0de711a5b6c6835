import {describe, expect, it} from 'vitest';
import {signOwnerRequest} from '../../src/client/owner-request.ts';
import {verifyOwnerAuth} from '../../src/crypto/owner-claim.ts';
import {bytesToHex, toSignature} from '../../src/protocol/bytes.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {OWNER_METHOD, OwnerAuth} from '../../src/protocol/overlay/owner-auth.ts';
import {CHAIN, handMadePerson, identityOf, NOW_MS} from './people.ts';
import {requestByHand} from './second-seal.ts';

const alice = identityOf(1);
const init = {
  chain: CHAIN,
  method: OWNER_METHOD.retrieve,
  params: Uint8Array.of(1, 2, 3),
  timeMs: NOW_MS,
  withKeys: true,
};
const request = {
  ...CHAIN,
  method: init.method,
  account: alice.sessionId,
  params: init.params,
};

describe('owner’s request', () => {
  it('verifies at a member, also after its way there', async () => {
    for (const withKeys of [true, false]) {
      const auth = signOwnerRequest(alice, {...init, withKeys});
      const read = decode(OwnerAuth, encode(OwnerAuth, auth));
      expect(read.keys).toEqual(withKeys ? alice.keys : undefined);
      expect(read.timeMs).toBe(NOW_MS);
      expect(await verifyOwnerAuth(request, read, alice.keys)).toBe(true);
    }
  });

  it('is signed for one method, its parameters and this chain', async () => {
    const auth = signOwnerRequest(alice, init);
    const others = [
      {...request, method: OWNER_METHOD.watch},
      {...request, params: Uint8Array.of(1, 2)},
      {...request, networkId: 1},
      {...request, account: identityOf(2).sessionId},
    ];
    for (const other of others) expect(await verifyOwnerAuth(other, auth, alice.keys)).toBe(false);
  });

  it('never has the same nonce twice', () => {
    const nonces = Array.from({length: 100}, () => bytesToHex(signOwnerRequest(alice, init).nonce));
    expect(new Set(nonces).size).toBe(100);
  });

  it('of a second implementation verifies too', async () => {
    const {nonce} = signOwnerRequest(alice, init);
    const byHand = {...CHAIN, method: init.method, nonce, timeMs: NOW_MS, params: init.params};
    const {signature} = requestByHand(handMadePerson(1), byHand);
    const auth = {nonce, timeMs: NOW_MS, keys: undefined, signature: toSignature(signature)};
    expect(await verifyOwnerAuth(request, auth, alice.keys)).toBe(true);
  });
});
