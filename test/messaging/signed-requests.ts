import {signOwnerRequest} from '../../src/client/owner-request.ts';
import type {SessionIdentity} from '../../src/client/session-identity.ts';
import type {OwnerRequest} from '../../src/crypto/owner-claim.ts';
import {toHash} from '../../src/protocol/bytes.ts';
import {type Codec, decode} from '../../src/protocol/codec.ts';
import {CodecError} from '../../src/protocol/errors.ts';
import {
  ClientRequest,
  CONSISTENCY,
  DeleteParams,
  RetrieveParams,
  StoreParams,
  WatchParams,
} from '../../src/protocol/overlay/client-protocol.ts';
import {namespaceKind} from '../../src/protocol/overlay/namespaces.ts';
import {OWNER_METHOD, type OwnerMethod} from '../../src/protocol/overlay/owner-auth.ts';

type Chain = OwnerRequest<unknown>['chain'];

/** The owner alone writes and reads here. */
export const PRIVATE_NAMESPACE = 2;

/** One valid request of each kind that an inbox's owner signs. Each is good for one use. */
export function signedRequests(
  identity: SessionIdentity,
  {chain, nowMs}: {readonly chain: Chain; readonly nowMs: number},
): readonly ClientRequest[] {
  const timeMs = BigInt(nowMs);
  const inbox = {account: identity.sessionId, namespace: PRIVATE_NAMESPACE};
  const sign = <P>(method: OwnerMethod, codec: Codec<P>, params: P) =>
    signOwnerRequest(identity, {chain, method, codec, params}, {timeMs, withKeys: true});
  const data = new Uint8Array(300).fill(7);
  const store: StoreParams = {...inbox, timestampMs: timeMs, ttlMs: 3_600_000n, data};
  const limits = {maxRecords: 100, maxBytes: 100_000, consistency: CONSISTENCY.quorum};
  const retrieve: RetrieveParams = {...inbox, after: undefined, ...limits};
  const remove: DeleteParams = {...inbox, ids: [toHash(new Uint8Array(32).fill(9))]};
  const watch: WatchParams = {...inbox, after: undefined};
  const {store: two, retrieve: three, delete: four, watch: five} = OWNER_METHOD;
  return [
    {type: 'store', value: {params: store, auth: sign(two, StoreParams, store)}},
    {type: 'retrieve', value: {params: retrieve, auth: sign(three, RetrieveParams, retrieve)}},
    {type: 'delete', value: {params: remove, auth: sign(four, DeleteParams, remove)}},
    {type: 'watch', value: {params: watch, auth: sign(five, WatchParams, watch)}},
  ];
}

/** Whether bytes are a request that nobody needs to sign: a mutation may turn one into that. */
export function needsNoOwner(bytes: Uint8Array): boolean {
  let request: ClientRequest;
  try {
    request = decode(ClientRequest, bytes);
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
  if (request.type === 'info' || request.type === 'getSwarm') return true;
  if (request.type === 'delete') return false;
  const kind = namespaceKind(request.value.params.namespace);
  return request.type === 'store' ? kind === 'publicInbox' : kind === 'publicOutbox';
}
