import {bytesToKey, compareBytes, equalBytes, type NodeId} from '../protocol/bytes.ts';
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
import {RepairTalk} from './repair-talk.ts';
import {operationsOf} from './serve-operations.ts';

/** A span with at most so many operations is listed whole; a larger one is halved. */
const LISTED_AT_ONCE = 512;
const REQUEST_TIMEOUT_MS = 10_000;

/** What members get beyond the majority that took part, in ms. */
const GRACE_MS = 300;

const graceOver = (signal: AbortSignal): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(GRACE_MS)]);

const nameOf = (stamp: Stamp): string => bytesToKey(encode(Stamp, stamp));

type WithNodeId = {readonly nodeId: NodeId};
type Moved = {readonly pulled: number; readonly pushed: number};
const NOTHING: Moved = {pulled: 0, pushed: 0};
export type Repaired = Moved & {readonly members: number};

/** @throws MessagingError MESSAGING_BAD_STAMP: a list that goes back would never end. */
function requireInOrder(stamps: readonly Stamp[], after: Stamp | undefined): void {
  let last = after;
  for (const stamp of stamps) {
    const isBehind =
      last === undefined || compareBytes(encode(Stamp, stamp), encode(Stamp, last)) > 0;
    if (!isBehind) throw new MessagingError('MESSAGING_BAD_STAMP', {what: 'order'});
    last = stamp;
  }
}

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
    const runs = quorum.others.map((member) => this.#with(member, span, within));
    const {isEnough} = await gather(runs, quorum.isEnough.bind(quorum), signal, quorum.least);
    // The others have a little longer: one that does not answer holds nobody up.
    if (isEnough) await gather(runs, () => false, graceOver(signal));
    stop.abort(new MessagingError('MESSAGING_NO_MAJORITY', {reason: 'the others were faster'}));
    // What is under way writes no more when it is over: the set may be settled then.
    const ended = await Promise.allSettled(runs);
    signal.throwIfAborted();
    const done = ended.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const members = done.length + 1;
    if (!isEnough) {
      const needed = majorityOf(swarm.members.length);
      throw new MessagingError('MESSAGING_NO_MAJORITY', {reached: members, needed});
    }
    const sum = (pick: (each: Moved) => number): number =>
      done.reduce((total, each) => total + pick(each), 0);
    return {pulled: sum(({pulled}) => pulled), pushed: sum(({pushed}) => pushed), members};
  }

  async #with(member: NodeId, span: Span, signal: AbortSignal): Promise<Moved & WithNodeId> {
    const talk = new RepairTalk(this.#members, member, signal);
    const first = await this.#compare(talk, span);
    // A record whose bytes are gone is refused until its end is known, which came behind it.
    const second = first.pulled + first.pushed > 0 ? await this.#compare(talk, span) : NOTHING;
    const [pulled, pushed] = [first.pulled + second.pulled, first.pushed + second.pushed];
    return {nodeId: member, pulled, pushed};
  }

  async #compare(talk: RepairTalk, span: Span): Promise<Moved> {
    const theirs = await talk.ask({type: 'digest', value: span});
    const own = await digestOf(this.#records.parts.store, span, talk.signal);
    if (own.count === theirs.count && equalBytes(own.digest, theirs.digest)) return NOTHING;
    const isSmall = Math.max(own.count, theirs.count) <= LISTED_AT_ONCE;
    if (isSmall || span.fromMs >= span.toMs) return this.#list(talk, span);
    const middle = (span.fromMs + span.toMs) / 2n;
    const first = await this.#compare(talk, {fromMs: span.fromMs, toMs: middle});
    const second = await this.#compare(talk, {fromMs: middle + 1n, toMs: span.toMs});
    return {pulled: first.pulled + second.pulled, pushed: first.pushed + second.pushed};
  }

  /** Page by page, both lists in order of stamp. */
  async #list(talk: RepairTalk, span: Span): Promise<Moved> {
    const {member, signal} = talk;
    const {store} = this.#records.parts;
    let [pulled, pushed] = [0, 0];
    let after: Stamp | undefined;
    for (;;) {
      const theirs = await talk.ask({type: 'stamps', value: {span, after}});
      requireInOrder(theirs.stamps, after);
      const last = theirs.stamps.at(-1);
      const toMs = theirs.more && last !== undefined ? last.clockMs : span.toMs;
      const own = await listStamps(store, {...span, toMs}, {after, limit: MAX_LISTED});
      const [theirNames, ownNames] = [
        new Set(theirs.stamps.map(nameOf)),
        new Set(own.stamps.map(nameOf)),
      ];
      const missing = theirs.stamps.filter((stamp) => !ownNames.has(nameOf(stamp)));
      const came = await this.pull({member, isLate: false}, missing, signal);
      const lacking = own.stamps.filter((stamp) => !theirNames.has(nameOf(stamp)));
      const went = theirs.more ? 0 : await this.#push(member, lacking, signal);
      talk.moved(came + went);
      pulled += came;
      pushed += went;
      if (!theirs.more || last === undefined) return {pulled, pushed};
      after = last;
    }
  }

  /**
   * Fetches operations by stamp and takes them in, and no others; answers how many of them are here now.
   * Only what comes before this member has committed counts by its stamp.
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
      const asked = new Set(value.stamps.map(nameOf));
      const given = answer.operations.filter(({stamp}) => asked.has(nameOf(stamp)));
      signal.throwIfAborted();
      count += await this.#records.takeAll(given, {isLate, signal});
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
      const taken = await this.#members.call(member, {type: 'deliver', value}, options);
      count += Math.min(taken.count, operations.length);
    }
    return count;
  }
}
