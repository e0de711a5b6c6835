import type {ChainId, SessionId} from '../protocol/bytes.ts';
import {DeleteParams, StoreParams} from '../protocol/overlay/client-protocol.ts';
import type {Operation} from '../protocol/overlay/member-protocol.ts';
import {MIN_TTL_MS, maxTtlMs, namespaceKind} from '../protocol/overlay/namespaces.ts';
import {OWNER_METHOD} from '../protocol/overlay/owner-auth.ts';
import type {Stamp} from '../protocol/stored-record.ts';
import {MessagingError} from './errors.ts';
import type {OwnerGate} from './owner-gate.ts';
import type {SwarmState, Swarms} from './ports.ts';
import type {RecordDatabase} from './record-database.ts';

/** How far a sender's clock may lead the coordinator's, in ms: Session's rule. */
export const SENDER_LEAD_MS = 10_000n;

export type ChainPlace = {readonly networkId: number; readonly chainId: ChainId};

/** This node's swarm, when the inbox is one of its own. @throws MessagingError with the right swarm. */
export function requireOwnSwarm(swarms: Swarms, account: SessionId): SwarmState {
  const own = swarms.own();
  const right = swarms.swarmOf(account);
  if (right === undefined) throw new MessagingError('MESSAGING_NOT_READY');
  if (own !== undefined && own.swarmId === right.swarmId) return own;
  const {swarmId, swarmExponent, epoch} = right;
  throw new MessagingError('MESSAGING_WRONG_SWARM', {swarmId, swarmExponent, epoch});
}

/**
 * The inbox's swarm, when this node keeps its records: its own, or one that its own is about to merge
 * with. @throws MessagingError with the right swarm.
 */
export function requireHeldSwarm(swarms: Swarms, account: SessionId): SwarmState {
  const right = swarms.swarmOf(account);
  const own = swarms.own();
  if (own?.sibling !== undefined && right?.swarmId === own.sibling) return right;
  return requireOwnSwarm(swarms, account);
}

/** The inbox that it changes. */
export function accountOf({body}: Operation): SessionId {
  return body.type === 'store' ? body.value.account : body.value.params.account;
}

/** @throws MessagingError MESSAGING_BAD_TTL */
export function requireTtl(namespace: number, ttlMs: bigint): void {
  const maxMs = maxTtlMs(namespace);
  if (ttlMs < MIN_TTL_MS || ttlMs > maxMs) {
    throw new MessagingError('MESSAGING_BAD_TTL', {ttlMs, minMs: MIN_TTL_MS, maxMs});
  }
}

/**
 * What has ended when it is stamped would replace what is in an outbox, though it is nothing itself.
 * @throws MessagingError MESSAGING_BAD_TIME
 */
export function requireAhead(expiryMs: bigint, {clockMs}: Stamp): void {
  if (expiryMs > clockMs) return;
  throw new MessagingError('MESSAGING_BAD_TIME', {expiryMs, stampMs: clockMs});
}

export const storeRequest = (chain: ChainPlace, params: StoreParams) => ({
  chain,
  method: OWNER_METHOD.store,
  account: params.account,
  codec: StoreParams,
  params,
});

export const deleteRequest = (chain: ChainPlace, params: DeleteParams) => ({
  chain,
  method: OWNER_METHOD.delete,
  account: params.account,
  codec: DeleteParams,
  params,
});

/**
 * Whether another member may have stamped this: of our swarm, within the limits, begun when it was
 * stamped (or it would outlive all lifetimes) and not over, and by the owner where the namespace asks for it. A
 * store may come without its bytes: then the owner's word is over those of the record that it
 * prolongs, and where none is left its end must come along.
 * @throws MessagingError
 */
export async function requireValid(
  {stamp, body}: Operation,
  {
    gate,
    chain,
    swarms,
    database,
  }: {
    readonly gate: OwnerGate;
    readonly chain: ChainPlace;
    readonly swarms: Swarms;
    readonly database: Pick<RecordDatabase, 'bytesOf'>;
  },
): Promise<void> {
  if (body.type === 'delete') {
    const {params, auth} = body.value;
    requireHeldSwarm(swarms, params.account);
    return gate.confirm(deleteRequest(chain, params), auth);
  }
  const {account, namespace, timestampMs, ttlMs, content, auth} = body.value;
  requireHeldSwarm(swarms, account);
  requireTtl(namespace, ttlMs);
  if (timestampMs > stamp.clockMs + SENDER_LEAD_MS) {
    throw new MessagingError('MESSAGING_BAD_TIME', {timestampMs, stampMs: stamp.clockMs});
  }
  requireAhead(timestampMs + ttlMs, stamp);
  if (namespaceKind(namespace) === 'publicInbox') {
    if (auth === undefined) return;
    throw new MessagingError('MESSAGING_BAD_SIGNATURE', {problem: 'a public inbox asks for none'});
  }
  const data =
    content.type === 'data'
      ? content.value
      : await database.bytesOf({account, namespace}, content.value.id);
  if (data === undefined) {
    // Whatever comes of it, the keys are kept, and no others may be in the account's place.
    if (auth !== undefined) gate.broughtKeys(account, auth);
    return;
  }
  await gate.confirm(storeRequest(chain, {account, namespace, timestampMs, ttlMs, data}), auth);
}
