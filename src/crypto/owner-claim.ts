import type {ChainId} from '../protocol/bytes.ts';
import {equalBytes, type Hash, type SessionId} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import {HASH_TAG, SIGNATURE_CONTEXT} from '../protocol/domains.ts';
import {
  type OwnerAuth,
  OwnerClaim,
  type OwnerKeys,
  type OwnerMethod,
} from '../protocol/overlay/owner-auth.ts';
import {taggedHash} from './hash.ts';
import {sessionIdOf} from './ids.ts';
import {type SignatureClaim, verifySignatureAsync} from './ml-dsa.ts';

/** One request of an inbox's owner, before it is signed: what client and member build alike. */
export type OwnerRequest = {
  readonly networkId: number;
  readonly chainId: ChainId;
  readonly method: OwnerMethod;
  /** The inbox that the request is about. */
  readonly account: SessionId;
  /** Encoded parameters of the method: all of them. */
  readonly params: Uint8Array;
};

/** What stands in the claim for the parameters of a request. */
export function requestDigest(params: Uint8Array): Hash {
  return taggedHash(HASH_TAG.request, params);
}

/** The bytes that the owner signs, context `request`. SPEC.md §15.5. */
export function ownerClaimBytes(
  {params, ...request}: OwnerRequest,
  {nonce, timeMs}: Pick<OwnerAuth, 'nonce' | 'timeMs'>,
): Uint8Array {
  return encode(OwnerClaim, {...request, nonce, timeMs, digest: requestDigest(params)});
}

/** Whether the id of an inbox is the hash of these keys. */
export function ownsInbox(account: SessionId, {kem, signing}: OwnerKeys): boolean {
  return equalBytes(sessionIdOf(kem, signing), account);
}

/** The one signature of an owner's request, for whoever collects signatures before checking them. */
export function ownerSignatureClaim(
  request: OwnerRequest,
  auth: OwnerAuth,
  {signing}: OwnerKeys,
): SignatureClaim {
  return {
    publicKey: signing,
    context: SIGNATURE_CONTEXT.request,
    message: ownerClaimBytes(request, auth),
    signature: auth.signature,
  };
}

/**
 * Whether the owner of the inbox signed exactly this request. Time and nonce are signed but not
 * judged here: the window and the memory against replay are the member's.
 * @param keys of the owner: those of `auth`, or those that the member remembers
 */
export async function verifyOwnerAuth(
  request: OwnerRequest,
  auth: OwnerAuth,
  keys: OwnerKeys,
): Promise<boolean> {
  if (!ownsInbox(request.account, keys)) return false;
  return verifySignatureAsync(ownerSignatureClaim(request, auth, keys));
}
