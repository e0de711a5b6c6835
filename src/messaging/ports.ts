import type {Hash, NodeId, SessionId} from '../protocol/bytes.ts';
import type {MemberAnswer, MemberRequest} from '../protocol/overlay/member-protocol.ts';
import type {RecordKey, SetLeaf} from '../protocol/stored-record.ts';

/** One swarm in the running epoch, as the chain says. */
export type SwarmState = {
  readonly epoch: bigint;
  readonly swarmId: number;
  /** k: there are 2^k swarms. */
  readonly swarmExponent: number;
  /** In order of NodeID; this node is one of its own swarm. */
  readonly members: readonly NodeId[];
  /**
   * Groups of which each must acknowledge a write by its majority: all members, unless the number of
   * swarms changes. Nodes of the sibling swarm are in them before a merge. Chain-rules §7.
   */
  readonly acknowledge: readonly (readonly NodeId[])[];
  /** The swarm that this one is about to merge with. */
  readonly sibling?: number;
};

/** Who is written to, and answered: members, and those of the sibling while a merge is announced. */
export function writersOf({members, acknowledge}: SwarmState): readonly NodeId[] {
  return [...members, ...acknowledge.flat()];
}

/** What messaging knows of the chain, always from memory. */
export type Swarms = {
  /** This node's swarm; undefined without a seat, and before the chain was first heard. */
  own(): SwarmState | undefined;
  /** An inbox's swarm; undefined before the chain was first heard. */
  swarmOf(account: SessionId): SwarmState | undefined;
  /**
   * The last cut-off T_e whose grace of E/24 is over, Unix ms: what is stamped up to it and comes now
   * counts from the next one on, unless it was fetched for the commitment. Chain-rules §4.
   */
  lateBeforeMs(): bigint;
};

/** The set that this member has committed to last. */
export type CommittedSet = {
  /** Its cut-off, Unix ms: whatever comes now counts in later sets alone. 0 before the first. */
  settledUntilMs(): bigint;
  /** Leaf by leaf, those behind `after` or all; undefined when it committed to another set, or to none that it still has. */
  leavesOf(epoch: bigint, c: Hash, after?: RecordKey): AsyncIterable<SetLeaf> | undefined;
};

/** What one swarm's members are, for those who held its inboxes before. */
export type SwarmStanding = {
  /** Somebody in it has duties, and more than half of its members have answered W. */
  readonly isServed: boolean;
  /** Epoch in which its members began to serve without anybody who had answered; undefined for never. */
  readonly restartedAt: bigint | undefined;
};

/** Who holds which inboxes in one epoch, as the chain says: the same object as long as it is the same. */
export type Holders = {
  readonly epoch: bigint;
  /** Transitions of the chain so far: durations in epochs are counted in these. */
  readonly transitions: bigint;
  readonly swarmExponent: number;
  /** This node's swarm, and the one that it is about to merge with; undefined without a seat. */
  readonly own: Pick<SwarmState, 'swarmId' | 'sibling'> | undefined;
  /** By swarm id. */
  readonly swarms: readonly SwarmStanding[];
};

export type MemberCallOptions = {readonly timeoutMs?: number; readonly signal?: AbortSignal};

type AnswerTo<T extends MemberRequest['type']> = Extract<MemberAnswer, {readonly type: T}>['value'];

/** Requests to other members, wherever they are. */
export type MemberCaller = {
  /** @throws NetworkError, RemoteError */
  call<T extends MemberRequest['type']>(
    nodeId: NodeId,
    request: Extract<MemberRequest, {readonly type: T}>,
    options?: MemberCallOptions,
  ): Promise<AnswerTo<T>>;
};

export type Clock = {readonly nowMs: () => number};

/** Of more than half of so many members. */
export function majorityOf(members: number): number {
  return Math.floor(members / 2) + 1;
}
