import {type OwnerRequest, ownerClaimBytes} from '../crypto/owner-claim.ts';
import {SIGNATURE_CONTEXT} from '../protocol/domains.ts';
import {type OwnerAuth, toRequestNonce} from '../protocol/overlay/owner-auth.ts';
import type {SessionIdentity} from './session-identity.ts';

/**
 * Signs one request about one's own inbox. Each call makes another nonce: good for one use.
 * @param timeMs the owner's clock, Unix ms: members take it within 60 s of theirs
 * @param withKeys whether the keys travel along: 3136 bytes, needed until the member knows them
 */
export function signOwnerRequest<P>(
  {sessionId, keys, signer}: SessionIdentity,
  request: Omit<OwnerRequest<P>, 'account'>,
  {timeMs, withKeys}: {readonly timeMs: bigint; readonly withKeys: boolean},
): OwnerAuth {
  const nonce = toRequestNonce(crypto.getRandomValues(new Uint8Array(toRequestNonce.byteLength)));
  const claim = ownerClaimBytes({...request, account: sessionId}, {nonce, timeMs});
  const signature = signer.sign(SIGNATURE_CONTEXT.request, claim);
  return {nonce, timeMs, keys: withKeys ? keys : undefined, signature};
}
