import {bytesToKey, equalBytes, type NodeId} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import {
  MAX_LISTED,
  MAX_OPERATIONS,
  type Operation,
  type Span,
} from '../protocol/overlay/member-protocol.ts';
import {Stamp} from '../protocol/stored-record.ts';
import {MessagingError} from './errors.ts';
import {gather} from './gather.ts';
import {MemberQuorum} from './member-quorum.ts';
import type {MemberRecords} from './member-records.ts';
import {digestOf, listStamps} from './operation-index.ts';
import {type MemberCaller, majorityOf, type SwarmState} from './ports.ts';
import {operationsOf} from './serve-operations.ts';

/** A span with at most so many operations is listed whole; a larger one is halved. */
const LISTED_AT_ONCE = 512;
const REQUEST_TIMEOUT_MS = 10_000;

/** What members get beyond the majority that took part, in ms. */
const GRACE_MS = 300;

const graceOver = (signal: AbortSignal): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(GRACE_MS)]);

const nameOf = (stamp: Stamp): string => bytesToKey(encode(Stamp, stamp));

export type Repaired = {readonly pulled: number; readonly pushed: number; readonly members: number};

/**
 * Brings the operations of a span to this member from the others, and to them what they lack: the
 * digests of equal spans are equal, a span that differs is halved until it is small enough to list.
 * SPEC.md §15.8.
 */
export class PullRepair {
  readonly #records: MemberRecords;
  readonly #members: MemberCaller;

  constructor(records: MemberRecords, members: MemberCaller) {
    this.#records = records;
    this.#members = members;
  }

  /**
   * @throws MessagingError MESSAGING_NO_MAJORITY when fewer than a majority, this member included, also
   * of each group that acknowledges, took part: what is known then may lack what others acknowledged.
   */
  async run(swarm: SwarmState, span: Span, signal: AbortSignal): Promise<Repaired> {
    const {nodeId} = this.#records.parts;
    const quorum = MemberQuorum.ofReads(swarm, nodeId);
    const stop = new AbortController();
    const within = AbortSignal.any([signal, stop.signal]);
    const runs = quorum.others.map(async (member) => {
      const {pulled, pushed} = await this.#with(member, span, within);
      return {nodeId: member, pulled, pushed};
    });
    const {isEnough} = await gather(runs, quorum.isEnough.bind(quorum), signal, quorum.least);
    signal.throwIfAborted();
    // The others have a little longer: one that does not answer holds nobody up.
    const {values: done} = await gather(runs, isEnough ? runs.length : 0, graceOver(signal));
    stop.abort(new MessagingError('MESSAGING_NO_MAJORITY', {reason: 'the others were faster'}));
    if (!isEnough) {
      const reached = done.length + 1;
      const needed = majorityOf(swarm.members.length);
      throw new MessagingError('MESSAGING_NO_MAJORITY', {reached, needed});
    }
    const sum = (
      pick: (each: {readonly pulled: number; readonly pushed: number}) => number,
    ): number => done.reduce((total, each) => total + pick(each), 0);
    return {
      pulled: sum((each) => each.pulled),
      pushed: sum((each) => each.pushed),
      members: done.length + 1,
    };
  }

  async #with(
    member: NodeId,
    span: Span,
    signal: AbortSignal,
  ): Promise<{readonly pulled: number; readonly pushed: number}> {
    const options = {signal, timeoutMs: REQUEST_TIMEOUT_MS};
    const theirs = await this.#members.call(member, {type: 'digest', value: span}, options);
    const own = await digestOf(this.#records.parts.store, span);
    if (own.count === theirs.count && equalBytes(own.digest, theirs.digest)) {
      return {pulled: 0, pushed: 0};
    }
    const isSmall = Math.max(own.count, theirs.count) <= LISTED_AT_ONCE;
    if (isSmall || span.fromMs >= span.toMs) return this.#list(member, span, signal);
    const middle = (span.fromMs + span.toMs) / 2n;
    const first = await this.#with(member, {fromMs: span.fromMs, toMs: middle}, signal);
    const second = await this.#with(member, {fromMs: middle + 1n, toMs: span.toMs}, signal);
    return {pulled: first.pulled + second.pulled, pushed: first.pushed + second.pushed};
  }

  /** Page by page, both lists in order of stamp. */
  async #list(
    member: NodeId,
    span: Span,
    signal: AbortSignal,
  ): Promise<{readonly pulled: number; readonly pushed: number}> {
    const {store} = this.#records.parts;
    let [pulled, pushed] = [0, 0];
    let after: Stamp | undefined;
    for (;;) {
      const value = {span, after};
      const options = {signal, timeoutMs: REQUEST_TIMEOUT_MS};
      const theirs = await this.#members.call(member, {type: 'stamps', value}, options);
      const last = theirs.stamps.at(-1);
      const toMs = theirs.more && last !== undefined ? last.clockMs : span.toMs;
      const own = await listStamps(store, {...span, toMs}, {after, limit: MAX_LISTED});
      const [theirNames, ownNames] = [
        new Set(theirs.stamps.map(nameOf)),
        new Set(own.stamps.map(nameOf)),
      ];
      const missing = theirs.stamps.filter((stamp) => !ownNames.has(nameOf(stamp)));
      pulled += await this.pull({member, isLate: false}, missing, signal);
      if (!theirs.more) {
        const lacking = own.stamps.filter((stamp) => !theirNames.has(nameOf(stamp)));
        pushed += await this.#push(member, lacking, signal);
      }
      if (!theirs.more || last === undefined) return {pulled, pushed};
      after = last;
    }
  }

  /**
   * Fetches operations by stamp and takes them in; answers how many of them are here now. Only what
   * comes before this member has committed counts by its stamp.
   */
  async pull(
    {member, isLate}: {readonly member: NodeId; readonly isLate: boolean},
    stamps: readonly Stamp[],
    signal: AbortSignal,
  ): Promise<number> {
    let count = 0;
    let left = stamps;
    while (left.length > 0) {
      const value = {stamps: left.slice(0, MAX_OPERATIONS)};
      const options = {signal, timeoutMs: REQUEST_TIMEOUT_MS};
      const answer = await this.#members.call(member, {type: 'operations', value}, options);
      count += await this.#records.takeAll(answer.operations, {isLate});
      // An answer is full before the list ends: go on after its last one.
      const last = answer.operations.at(-1);
      const next =
        last === undefined ? -1 : left.findIndex((each) => nameOf(each) === nameOf(last.stamp));
      if (!answer.more || next < 0) left = left.slice(MAX_OPERATIONS);
      else left = left.slice(next + 1);
    }
    return count;
  }

  async #push(member: NodeId, stamps: readonly Stamp[], signal: AbortSignal): Promise<number> {
    const {database} = this.#records.parts;
    let count = 0;
    for (let left = stamps; left.length > 0; ) {
      const {operations, looked} = await operationsOf(database, left);
      left = left.slice(looked);
      if (operations.length === 0) continue;
      const options = {signal, timeoutMs: REQUEST_TIMEOUT_MS};
      const value = {operations: [...operations] as Operation[]};
      count += (await this.#members.call(member, {type: 'deliver', value}, options)).count;
    }
    return count;
  }
}
