import {messageIdOf} from '../crypto/message-id.ts';
import {bytesToKey, equalBytes, type NodeId} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import type {
  Deleted,
  DeleteParams,
  Stored,
  StoreParams,
} from '../protocol/overlay/client-protocol.ts';
import type {Operation} from '../protocol/overlay/member-protocol.ts';
import {namespaceKind} from '../protocol/overlay/namespaces.ts';
import type {OwnerAuth} from '../protocol/overlay/owner-auth.ts';
import type {Receipt, SignedReceipt} from '../protocol/overlay/receipt.ts';
import {Stamp} from '../protocol/stored-record.ts';
import {MessagingError} from './errors.ts';
import {gather} from './gather.ts';
import type {Hints} from './hints.ts';
import type {MemberHealth} from './member-health.ts';
import type {MemberRecords} from './member-records.ts';
import {
  deleteRequest,
  requireOwnSwarm,
  requireTtl,
  SENDER_LEAD_MS,
  storeRequest,
} from './operation-checks.ts';
import {type MemberCaller, majorityOf, type SwarmState} from './ports.ts';

/** A majority that has not written by then is none; a client hears of it within 5 s. */
const MAJORITY_TIMEOUT_MS = 4000;

export type CoordinatorParts = {
  readonly records: MemberRecords;
  readonly members: MemberCaller;
  readonly health: MemberHealth;
  readonly hints: Hints;
  /** Whether this member, by the registered key, gave this receipt. */
  readonly isReceiptValid: (signed: SignedReceipt) => Promise<boolean>;
  /** Above 80 % of what the chain asks for, nothing new is taken. */
  readonly isStorageFull: () => boolean;
  readonly timeoutMs?: number;
  /** Errors of work that nobody waits for. */
  readonly onError: (error: unknown) => void;
  readonly onReplicated: (seconds: number) => void;
};

/** One member's word for one write. */
type Acknowledgement = {readonly nodeId: NodeId; readonly receipt: SignedReceipt | undefined};

type Write = {
  readonly operation: Operation;
  readonly swarm: SwarmState;
  /** What a receipt must say, whoever gives it. */
  readonly expected:
    | Pick<Receipt, 'account' | 'namespace' | 'id' | 'stamp' | 'expiryMs'>
    | undefined;
};

function isFor({receipt}: SignedReceipt, nodeId: NodeId, expected: Write['expected']): boolean {
  return (
    expected !== undefined &&
    equalBytes(receipt.nodeId, nodeId) &&
    equalBytes(receipt.account, expected.account) &&
    receipt.namespace === expected.namespace &&
    equalBytes(receipt.id, expected.id) &&
    equalBytes(encode(Stamp, receipt.stamp), encode(Stamp, expected.stamp)) &&
    receipt.expiryMs === expected.expiryMs
  );
}

/** All who get a write: the members, and whoever has to acknowledge it beside them. */
function recipientsOf({members, acknowledge}: SwarmState): readonly NodeId[] {
  const all = new Map([...members, ...acknowledge.flat()].map((each) => [bytesToKey(each), each]));
  return [...all.values()];
}

/** Whether a majority of every group that must acknowledge is among those and this node. */
function enoughOf(
  {members, acknowledge}: SwarmState,
  nodeId: NodeId,
): (values: readonly Pick<Acknowledgement, 'nodeId'>[]) => boolean {
  const groups = [members, ...acknowledge].map((group) => new Set(group.map(bytesToKey)));
  return (values) => {
    const written = [nodeId, ...values.map((each) => each.nodeId)].map(bytesToKey);
    return groups.every(
      (group) => written.filter((each) => group.has(each)).length >= majorityOf(group.size),
    );
  };
}

/**
 * Takes a client's write to the whole swarm: stamps it once, writes it here, sends it to all members
 * and answers when a majority has it on disk. The others get a hint that is kept until they do.
 */
export class Coordinator {
  readonly #parts: CoordinatorParts;

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
  }

  /** @throws MessagingError, all refusals before anything is stamped but MESSAGING_NO_MAJORITY. */
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
    const keys = isOwners ? await gate.admit(storeRequest(chain, params), auth) : undefined;
    const signedBy = auth === undefined || keys === undefined ? undefined : {...auth, keys};
    const id = messageIdOf({account, namespace}, data);
    await this.#parts.records.requireFewChanges({account, namespace}, [id]);
    const stamp = hybrid.next();
    const content = {type: 'data', value: data} as const;
    const value = {account, namespace, timestampMs, ttlMs, content, auth: signedBy};
    const acknowledged = await this.#write({
      operation: {stamp, body: {type: 'store', value}},
      swarm,
      expected: {account, namespace, id, stamp, expiryMs},
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
    const keys = await gate.admit(deleteRequest(chain, params), auth);
    await this.#parts.records.requireFewChanges(params, params.ids);
    const stamp = hybrid.next();
    const body = {type: 'delete', value: {params, auth: {...auth, keys}}} as const;
    const operation = {stamp, body};
    const acknowledged = await this.#write({operation, swarm, expected: undefined});
    return {stamp, members: acknowledged.length};
  }

  async #write(write: Write): Promise<readonly Acknowledgement[]> {
    const {records, health, onReplicated, timeoutMs = MAJORITY_TIMEOUT_MS} = this.#parts;
    const startMs = performance.now();
    const {swarm, operation} = write;
    const {nodeId} = records.parts;
    const own = records.own(operation, swarm).then((receipt) => ({nodeId, receipt}));
    const others = recipientsOf(swarm).filter((member) => !equalBytes(member, nodeId));
    const [up, down] = [
      others.filter((member) => health.isUp(member)),
      others.filter((member) => !health.isUp(member)),
    ];
    const sent = up.map((member) => ({member, answer: this.#send(write, member)}));
    this.#remind(operation.stamp, {own, sent, down});
    const answers = sent.map(({answer}) => answer);
    const signal = AbortSignal.timeout(timeoutMs);
    const isEnough = enoughOf(swarm, nodeId);
    let gathered = await gather(answers, isEnough, signal);
    if (!gathered.isEnough && !signal.aborted) {
      // What a member down costs is nothing, unless there is no majority without it.
      answers.push(...down.map((member) => this.#send(write, member)));
      gathered = await gather(answers, isEnough, signal);
    }
    const mine = await own;
    if (!gathered.isEnough) {
      const needed = majorityOf(swarm.members.length);
      const written = gathered.values.length + 1;
      throw new MessagingError('MESSAGING_NO_MAJORITY', {written, needed});
    }
    onReplicated((performance.now() - startMs) / 1000);
    return [mine, ...gathered.values];
  }

  async #send({operation, swarm, expected}: Write, member: NodeId): Promise<Acknowledgement> {
    const {members, health, isReceiptValid, timeoutMs = MAJORITY_TIMEOUT_MS} = this.#parts;
    const value = {epoch: swarm.epoch, operation};
    try {
      const {receipt} = await members.call(member, {type: 'write', value}, {timeoutMs});
      health.heard(member);
      if (expected === undefined) return {nodeId: member, receipt: undefined};
      const isGood =
        receipt !== undefined &&
        isFor(receipt, member, expected) &&
        (await isReceiptValid(receipt));
      if (isGood) return {nodeId: member, receipt};
      throw new MessagingError('MESSAGING_BAD_SIGNATURE', {what: 'receipt'});
    } catch (error) {
      if (isSilence(error)) health.failed(member);
      throw error;
    }
  }

  /** Once the write is here, whoever has not got it is remembered on disk. */
  #remind(
    stamp: Stamp,
    {
      own,
      sent,
      down,
    }: {
      readonly own: Promise<unknown>;
      readonly sent: readonly {readonly member: NodeId; readonly answer: Promise<unknown>}[];
      readonly down: readonly NodeId[];
    },
  ): void {
    const {hints, onError} = this.#parts;
    const remind = async (): Promise<void> => {
      try {
        await own;
      } catch {
        return; // Its client hears of it; what is not here cannot be passed on.
      }
      if (down.length > 0) await hints.add(down, stamp);
      const missed: NodeId[] = [];
      for (const {member, answer} of sent) await answer.catch(() => missed.push(member));
      if (missed.length > 0) await hints.add(missed, stamp);
    };
    remind().catch(onError);
  }
}

/** No answer, rather than a refusal. */
function isSilence(error: unknown): boolean {
  const code = error instanceof Error ? (error as {readonly code?: unknown}).code : undefined;
  return (
    code === 'NETWORK_TIMEOUT' ||
    code === 'NETWORK_UNREACHABLE' ||
    code === 'NETWORK_CLOSED' ||
    code === 'NETWORK_BUSY' ||
    code === 'MESSAGING_NOT_FOUND'
  );
}
