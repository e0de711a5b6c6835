import {ownerClaimBytes} from '../crypto/owner-claim.ts';
import {SIGNATURE_CONTEXT} from '../protocol/domains.ts';
import {type OwnerAuth, type OwnerMethod, toRequestNonce} from '../protocol/overlay/owner-auth.ts';
import type {SessionIdentity} from './session-identity.ts';
import type {ChainRef} from './transactions.ts';

export type OwnerRequestInit = {
  readonly chain: ChainRef;
  readonly method: OwnerMethod;
  /** Encoded parameters of the method. */
  readonly params: Uint8Array;
  /** The owner's clock, Unix ms: members take it within 60 s of theirs. */
  readonly timeMs: bigint;
  /** Whether the keys travel along: 3136 bytes, needed until the member knows them. */
  readonly withKeys: boolean;
};

/** Signs one request about one's own inbox. Each call makes another nonce: good for one use. */
export function signOwnerRequest(
  {sessionId, keys, signer}: SessionIdentity,
  {chain: {networkId, chainId}, method, params, timeMs, withKeys}: OwnerRequestInit,
): OwnerAuth {
  const nonce = toRequestNonce(crypto.getRandomValues(new Uint8Array(toRequestNonce.byteLength)));
  const request = {networkId, chainId, method, account: sessionId, params};
  const signature = signer.sign(
    SIGNATURE_CONTEXT.request,
    ownerClaimBytes(request, {nonce, timeMs}),
  );
  return {nonce, timeMs, keys: withKeys ? keys : undefined, signature};
}
