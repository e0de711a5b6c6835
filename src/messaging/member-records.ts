import {equalBytes, type Hash, type NodeId} from '../protocol/bytes.ts';
import type {InboxRecord} from '../protocol/overlay/client-protocol.ts';
import type {Operation} from '../protocol/overlay/member-protocol.ts';
import type {Receipt, SignedReceipt} from '../protocol/overlay/receipt.ts';
import type {RecordKey} from '../protocol/stored-record.ts';
import {MessagingError} from './errors.ts';
import type {HybridClock} from './hybrid-clock.ts';
import {readRecord} from './inbox-reader.ts';
import {accountOf, type ChainPlace, requireHeldSwarm, requireValid} from './operation-checks.ts';
import type {OwnerGate} from './owner-gate.ts';
import type {Clock, CommittedSet, SwarmState, Swarms} from './ports.ts';
import type {ReceiptDesk} from './receipt-desk.ts';
import type {Applied, ApplyOptions, RecordDatabase} from './record-database.ts';
import type {RecordStore} from './record-store.ts';
import type {WatchHub} from './watch-hub.ts';

/** Few enough that the event loop goes on beside them. */
const TAKEN_AT_ONCE = 32;

export type MemberParts = {
  readonly chain: ChainPlace;
  readonly nodeId: NodeId;
  readonly store: RecordStore;
  readonly database: RecordDatabase;
  readonly hybrid: HybridClock;
  readonly gate: OwnerGate;
  readonly desk: ReceiptDesk;
  readonly hub: WatchHub;
  readonly swarms: Swarms;
  readonly committed: CommittedSet;
  readonly clock: Clock;
};

/** The first cut-off that counts a stamp, where those up to an instant no longer do, Unix ms. */
const countsFrom = (clockMs: bigint, closedUntilMs: bigint): bigint =>
  clockMs > closedUntilMs ? clockMs : closedUntilMs + 1n;

/** How operations get into this member's records, wherever they come from. */
export class MemberRecords {
  readonly parts: MemberParts;

  constructor(parts: MemberParts) {
    this.parts = parts;
  }

  /**
   * A write that this member has just stamped: checked before the stamp.
   * @param id of a store
   */
  async own(
    operation: Operation,
    swarm: SwarmState,
    id: Hash | undefined,
  ): Promise<SignedReceipt | undefined> {
    return this.#applyAndSign(operation, swarm, {id});
  }

  /**
   * A write that another member has just stamped.
   * @throws MessagingError MESSAGING_BAD_STAMP, or what is wrong with the operation
   */
  async direct(operation: Operation, from: NodeId): Promise<SignedReceipt | undefined> {
    const {hybrid, swarms} = this.parts;
    const {stamp} = operation;
    if (!equalBytes(stamp.coordinator, from)) throw new MessagingError('MESSAGING_BAD_STAMP');
    const swarm = requireHeldSwarm(swarms, accountOf(operation));
    hybrid.requireNear(stamp);
    await requireValid(operation, this.parts);
    hybrid.notice(stamp);
    return this.#applyAndSign(operation, swarm);
  }

  async #applyAndSign(
    operation: Operation,
    swarm: SwarmState,
    known: Pick<ApplyOptions, 'id'> = {},
  ): Promise<SignedReceipt | undefined> {
    const {desk, database, committed} = this.parts;
    // What an owner signed came through the gate with others.
    const isGathered = operation.body.value.auth !== undefined;
    let signing: Promise<SignedReceipt | undefined> | undefined;
    const sign = (ids: readonly Hash[]): Promise<SignedReceipt | undefined> => {
      const receipt = this.#receiptOf(operation, ids, swarm);
      return receipt === undefined ? Promise.resolve(undefined) : desk.issue(receipt, {isGathered});
    };
    const onBegun = (ids: readonly Hash[]): void => {
      signing = sign(ids);
      // It may fail before the write does, or after; whoever waits for it hears of it below.
      signing.catch(() => undefined);
    };
    const sinceMs = countsFrom(operation.stamp.clockMs, committed.settledUntilMs());
    const write = (): Promise<Applied> => database.apply(operation, {...known, sinceMs, onBegun});
    const applied = await (operation.body.type === 'store' ? desk.during(write) : write());
    if (applied.isNew) await this.#publish(operation, applied);
    return signing ?? sign(applied.ids);
  }

  /**
   * Operations that other members have and this one may not. What a hint brings after the grace of a
   * cut-off counts from the next one on; what is pulled for a commitment, from the one that it is for.
   * Deletes go first, so that records without bytes find their end.
   * @param signal takes no more of them once it aborts
   * @returns how many are on disk now
   */
  async takeAll(
    operations: readonly Operation[],
    options: {readonly isLate: boolean; readonly signal?: AbortSignal},
  ): Promise<number> {
    const isDelete = ({body}: Operation): boolean => body.type === 'delete';
    const deletes = operations.filter(isDelete);
    const stores = operations.filter((each) => !isDelete(each));
    return (await this.#takeEach(deletes, options)) + (await this.#takeEach(stores, options));
  }

  /** Several at once: they share what it costs to get them on disk. */
  async #takeEach(
    operations: readonly Operation[],
    {isLate, signal}: {readonly isLate: boolean; readonly signal?: AbortSignal},
  ): Promise<number> {
    let count = 0;
    for (let at = 0; at < operations.length; at += TAKEN_AT_ONCE) {
      signal?.throwIfAborted();
      const some = operations.slice(at, at + TAKEN_AT_ONCE);
      const taken = await Promise.allSettled(some.map((each) => this.#takeIfGood(each, isLate)));
      for (const each of taken) {
        if (each.status === 'rejected') throw each.reason;
        if (each.value) count += 1;
      }
    }
    return count;
  }

  /** One that is wrong, or not ours, takes nothing from the others. */
  async #takeIfGood(operation: Operation, isLate: boolean): Promise<boolean> {
    try {
      await this.#take(operation, isLate);
      return true;
    } catch (error) {
      if (!(error instanceof MessagingError)) throw error;
      return false;
    }
  }

  async #take(operation: Operation, isLate: boolean): Promise<void> {
    const {database, swarms, committed, clock, hybrid} = this.parts;
    const {clockMs} = operation.stamp;
    if (clockMs > BigInt(clock.nowMs()) + FUTURE_MS)
      throw new MessagingError('MESSAGING_BAD_STAMP');
    await requireValid(operation, this.parts);
    hybrid.notice(operation.stamp);
    const settledMs = committed.settledUntilMs();
    const lateMs = swarms.lateBeforeMs();
    const closedMs = isLate && lateMs > settledMs ? lateMs : settledMs;
    const applied = await database.apply(operation, {sinceMs: countsFrom(clockMs, closedMs)});
    if (applied.isNew) await this.#publish(operation, applied);
  }

  /** What a store's receipt says: nothing to give out before the write has ended well. */
  #receiptOf(
    {body, stamp}: Operation,
    [id]: readonly Hash[],
    {swarmId, swarmExponent, epoch}: SwarmState,
  ): Receipt | undefined {
    if (body.type !== 'store' || id === undefined) return undefined;
    const {chain, nodeId} = this.parts;
    const {account, namespace, timestampMs, ttlMs} = body.value;
    const expiryMs = timestampMs + ttlMs;
    const place = {swarmId, swarmExponent, epoch};
    return {...chain, nodeId, ...place, account, namespace, id, stamp, expiryMs};
  }

  /** Those who watch see what is a record now and was none: not what came merged, ended or expired. */
  async #publish({body, stamp}: Operation, {inbox, ids, isMoved}: Applied): Promise<void> {
    const {hub, store, clock} = this.parts;
    const [id] = ids;
    if (body.type !== 'store' || id === undefined || isMoved || !hub.isWatched(inbox)) return;
    const key: RecordKey = {...inbox, stamp, id};
    const record: InboxRecord | undefined = await readRecord(store, key, BigInt(clock.nowMs()));
    if (record !== undefined) hub.publish(inbox, record);
  }
}

/** A stamp that others have taken may lie this far ahead of the own clock: theirs may differ, too. */
const FUTURE_MS = 20_000n;
