import type {NodeId} from '../protocol/bytes.ts';
import type {MemberRequest, Operation} from '../protocol/overlay/member-protocol.ts';
import type {SignedReceipt} from '../protocol/overlay/receipt.ts';
import type {Stamp} from '../protocol/stored-record.ts';
import {type Defer, nextTurn} from './defer.ts';
import {MessagingError} from './errors.ts';
import type {Followers} from './followers.ts';
import {gatherMajority} from './gather-majority.ts';
import type {Hints} from './hints.ts';
import type {MemberHealth} from './member-health.ts';
import {memberOrder} from './member-order.ts';
import {MemberQuorum} from './member-quorum.ts';
import type {MemberRecords} from './member-records.ts';
import {MemberRound} from './member-round.ts';
import {accountOf} from './operation-checks.ts';
import {Patience} from './patience.ts';
import {type MemberCaller, majorityOf, type SwarmState} from './ports.ts';
import type {ExpectedReceipt, ReceiptInspector} from './receipt-inspector.ts';
import type {StampCeiling} from './stamp-ceiling.ts';

/** A majority that has not written by then is none; a client hears of it within 5 s. */
const MAJORITY_TIMEOUT_MS = 4000;

export type ReplicatorParts = {
  readonly records: MemberRecords;
  readonly ceiling: StampCeiling;
  readonly members: MemberCaller;
  readonly health: MemberHealth;
  readonly hints: Hints;
  readonly followers: Followers;
  readonly inspector: ReceiptInspector;
  readonly timeoutMs?: number;
  readonly defer: Defer;
  /** Errors of work that nobody waits for. */
  readonly onError: (error: unknown) => void;
  readonly onReplicated: (seconds: number) => void;
};

/** One member's word for one write. */
export type Acknowledgement = {
  readonly nodeId: NodeId;
  readonly receipt: SignedReceipt | undefined;
};

/** A write that this member has stamped. */
export type Write = {
  readonly operation: Operation;
  readonly swarm: SwarmState;
  /** undefined for what nobody gives a receipt for. */
  readonly expected: ExpectedReceipt | undefined;
};

type WriteRequest = Extract<MemberRequest, {readonly type: 'write'}>;

/**
 * Takes a write to the swarm: writes it here, sends it to as many members as make a majority, those first
 * that the inbox prefers, and to more of them when one fails or takes long. The others get it after the
 * answer. Who cannot be reached gets a hint, which is kept until it can.
 */
export class Replicator {
  readonly #parts: ReplicatorParts;
  readonly #patience = new Patience();
  readonly #quorums = new WeakMap<SwarmState, MemberQuorum>();

  constructor(parts: ReplicatorParts) {
    this.#parts = parts;
  }

  /** @throws MessagingError MESSAGING_NO_MAJORITY: the write may still take effect; StorageError */
  async write(write: Write): Promise<readonly Acknowledgement[]> {
    const {ceiling, followers, health, onReplicated} = this.#parts;
    const {timeoutMs = MAJORITY_TIMEOUT_MS} = this.#parts;
    const startMs = performance.now();
    const {swarm, operation} = write;
    await ceiling.admit(operation.stamp);
    const quorum = this.#quorumOf(swarm);
    const {up, down} = memberOrder(accountOf(operation), quorum.others, health);
    const isEnough = quorum.isEnough.bind(quorum);
    const patience = this.#patience;
    const request = {type: 'write', value: {epoch: swarm.epoch, operation}} as const;
    const send = (member: NodeId): Promise<Acknowledgement> => this.#send(write, request, member);
    const round = new MemberRound(up, send, patience);
    round.ask(quorum.fewest(up));
    const own = this.#writeOwn(write, up.length > 0);
    this.#remind(operation.stamp, own, async () => down);
    const gathered = await gatherMajority(round, {isEnough, down, health, patience, timeoutMs});
    this.#remind(operation.stamp, own, async () => {
      await Promise.allSettled(round.answers);
      return round.missed;
    });
    const mine = await own;
    if (!gathered.isEnough) {
      const needed = majorityOf(swarm.members.length);
      const written = gathered.values.length + 1;
      throw new MessagingError('MESSAGING_NO_MAJORITY', {written, needed});
    }
    followers.add(round.takeLeft(), operation);
    onReplicated((performance.now() - startMs) / 1000);
    return [mine, ...gathered.values];
  }

  /** PERF: the others begin when the requests have left, which takes two turns of the loop; then this node. */
  async #writeOwn(
    {operation, swarm, expected}: Write,
    isShared: boolean,
  ): Promise<Acknowledgement> {
    const {records, defer} = this.#parts;
    if (isShared) {
      await nextTurn(defer);
      await nextTurn(defer);
    }
    const receipt = await records.own(operation, swarm, expected?.claim.id);
    return {nodeId: records.parts.nodeId, receipt};
  }

  /** PERF: once for each epoch, as the view has one object for a swarm until seats move. */
  #quorumOf(swarm: SwarmState): MemberQuorum {
    const known = this.#quorums.get(swarm);
    if (known !== undefined) return known;
    const made = MemberQuorum.ofWrites(swarm, this.#parts.records.parts.nodeId);
    this.#quorums.set(swarm, made);
    return made;
  }

  async #send(
    {expected, swarm}: Write,
    request: WriteRequest,
    member: NodeId,
  ): Promise<Acknowledgement> {
    const {members, health, inspector, timeoutMs = MAJORITY_TIMEOUT_MS} = this.#parts;
    try {
      const {receipt} = await members.call(member, request, {timeoutMs});
      health.heard(member);
      if (expected === undefined) return {nodeId: member, receipt: undefined};
      const giver = {nodeId: member, swarm};
      if (receipt !== undefined && (await inspector.isGood(receipt, giver, expected)))
        return {nodeId: member, receipt};
      throw new MessagingError('MESSAGING_BAD_SIGNATURE', {what: 'receipt'});
    } catch (error) {
      if (isSilence(error)) health.failed(member);
      throw error;
    }
  }

  /** Once the write is here, whoever has not got it is remembered on disk. */
  #remind(stamp: Stamp, own: Promise<unknown>, whom: () => Promise<readonly NodeId[]>): void {
    const {hints, onError} = this.#parts;
    const remind = async (): Promise<void> => {
      try {
        await own;
      } catch {
        return; // Its client hears of it; what is not here cannot be passed on.
      }
      const members = await whom();
      if (members.length > 0) await hints.add(members, [stamp]);
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
