import type {ChainId, SessionId} from '../protocol/bytes.ts';
import {type Codec, encode} from '../protocol/codec.ts';
import {HASH_TAG} from '../protocol/domains.ts';
import {type OwnerAuth, OwnerClaim, type OwnerMethod} from '../protocol/overlay/owner-auth.ts';
import {hashStruct} from './hash.ts';

/** One request of an inbox's owner, as client and member both know it. */
export type OwnerRequest<P> = {
  readonly chain: {readonly networkId: number; readonly chainId: ChainId};
  readonly method: OwnerMethod;
  /** The inbox that the request is about. */
  readonly account: SessionId;
  readonly codec: Codec<P>;
  readonly params: P;
};

/** The bytes that an inbox's owner signs for one request, context `request`. SPEC.md §15.5. */
export function ownerClaimBytes<P>(
  {chain, method, account, codec, params}: OwnerRequest<P>,
  {nonce, timeMs}: Pick<OwnerAuth, 'nonce' | 'timeMs'>,
): Uint8Array {
  const digest = hashStruct(HASH_TAG.request, codec, params);
  const {networkId, chainId} = chain;
  return encode(OwnerClaim, {networkId, chainId, method, account, nonce, timeMs, digest});
}
