import {messageIdOf} from '../crypto/message-id.ts';
import {bytesToKey} from '../protocol/bytes.ts';
import type {
  Deleted,
  DeleteParams,
  Stored,
  StoreParams,
} from '../protocol/overlay/client-protocol.ts';
import {namespaceKind} from '../protocol/overlay/namespaces.ts';
import type {OwnerAuth} from '../protocol/overlay/owner-auth.ts';
import {Admissions} from './admissions.ts';
import {MessagingError} from './errors.ts';
import type {MemberRecords} from './member-records.ts';
import {
  deleteRequest,
  requireAhead,
  requireOwnSwarm,
  requireTtl,
  SENDER_LEAD_MS,
  storeRequest,
} from './operation-checks.ts';
import type {Replicator} from './replicator.ts';

export type CoordinatorParts = {
  readonly records: MemberRecords;
  readonly replicator: Replicator;
  /** Above 80 % of what the chain asks for, nothing new is taken. */
  readonly isStorageFull: () => boolean;
};

/** Takes a client's write: checks it, stamps it once, and answers when a majority has it on disk. */
export class Coordinator {
  readonly #parts: CoordinatorParts;
  readonly #admissions: Admissions;

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
    this.#admissions = new Admissions(parts.records.parts);
  }

  /** @throws MessagingError, all refusals before anything is written but MESSAGING_NO_MAJORITY. */
  async store(params: StoreParams, auth: OwnerAuth | undefined): Promise<Stored> {
    const {chain, gate, swarms, clock, hybrid} = this.#parts.records.parts;
    const {account, namespace, timestampMs, ttlMs, data} = params;
    const swarm = requireOwnSwarm(swarms, account);
    requireTtl(namespace, ttlMs);
    const expiryMs = timestampMs + ttlMs;
    const nowMs = BigInt(clock.nowMs());
    if (timestampMs > nowMs + SENDER_LEAD_MS || expiryMs <= nowMs) {
      throw new MessagingError('MESSAGING_BAD_TIME', {timestampMs, nowMs});
    }
    if (this.#parts.isStorageFull()) throw new MessagingError('MESSAGING_STORAGE_FULL');
    const isOwners = namespaceKind(namespace) !== 'publicInbox';
    const keys = isOwners ? await gate.admitWrite(storeRequest(chain, params), auth) : undefined;
    const signedBy = auth === undefined || keys === undefined ? undefined : {...auth, keys};
    const id = messageIdOf({account, namespace}, data);
    using admission = await this.#admissions.store({account, namespace}, id);
    const stamp = hybrid.next();
    // It may lead the clock, and the others go by it.
    requireAhead(expiryMs, stamp);
    const content = {type: 'data', value: data} as const;
    const value = {account, namespace, timestampMs, ttlMs, content, auth: signedBy};
    const acknowledged = await this.#parts.replicator.write({
      operation: {stamp, body: {type: 'store', value}},
      swarm,
      expected: {
        claim: {...chain, account, namespace, id, stamp, expiryMs},
        isRepeated: admission.changes > 0,
      },
    });
    const receipts = acknowledged.flatMap(({receipt}) => (receipt === undefined ? [] : [receipt]));
    return {id, stamp, expiryMs, receipts};
  }

  /** @throws MessagingError, as `store`. */
  async delete(params: DeleteParams, auth: OwnerAuth): Promise<Deleted> {
    const {chain, gate, swarms, hybrid} = this.#parts.records.parts;
    const swarm = requireOwnSwarm(swarms, params.account);
    const distinct = new Set(params.ids.map(bytesToKey));
    if (params.ids.length === 0 || distinct.size !== params.ids.length) {
      throw new MessagingError('MESSAGING_BAD_LIMIT', {ids: params.ids.length});
    }
    const keys = await gate.admitWrite(deleteRequest(chain, params), auth);
    using _admission = await this.#admissions.delete(params, params.ids);
    const stamp = hybrid.next();
    const body = {type: 'delete', value: {params, auth: {...auth, keys}}} as const;
    const operation = {stamp, body};
    const {replicator} = this.#parts;
    const acknowledged = await replicator.write({operation, swarm, expected: undefined});
    return {stamp, members: acknowledged.length};
  }
}
