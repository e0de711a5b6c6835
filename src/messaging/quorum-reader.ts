import {bytesToKey, compareBytes, equalBytes, type Hash, type NodeId} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import {Cursor} from '../protocol/overlay/client-protocol.ts';
import type {InboxRef} from '../protocol/overlay/namespaces.ts';
import {Stamp} from '../protocol/stored-record.ts';
import {Deadline} from './deadline.ts';
import {MessagingError} from './errors.ts';
import {gather} from './gather.ts';
import {listInbox} from './inbox-reader.ts';
import type {MemberHealth} from './member-health.ts';
import {memberOrder} from './member-order.ts';
import type {MemberRecords} from './member-records.ts';
import {type MemberCaller, majorityOf, type SwarmState} from './ports.ts';
import type {PullRepair} from './pull-repair.ts';

const MAJORITY_TIMEOUT_MS = 4000;

type Listed = {
  readonly member: NodeId;
  readonly entries: readonly Cursor[];
  readonly more: boolean;
};

type OwnList = Pick<Listed, 'entries' | 'more'> & {readonly names: ReadonlySet<string>};

export type ReadSpan = {readonly after: Cursor | undefined; readonly limit: number};

const nameOf = (cursor: Cursor): string => bytesToKey(encode(Cursor, cursor));

/** Whether a list that ends at its last entry says anything of this place. */
function isCovered({entries, more}: Pick<Listed, 'entries' | 'more'>, place: Cursor): boolean {
  const last = entries.at(-1);
  if (!more || last === undefined) return !more;
  return !isBehind(place, last);
}

/** How far all of these lists after a place go; undefined when each says all that there is. */
function leastCovered(lists: readonly Listed[], after: Cursor | undefined): Cursor | undefined {
  const ends = lists
    .flatMap(({entries, more}) => (more ? entries.slice(-1) : []))
    .filter((end) => after === undefined || isBehind(end, after));
  return ends.reduce<Cursor | undefined>(
    (least, end) => (least === undefined || isBehind(least, end) ? end : least),
    undefined,
  );
}

/** Whether the first place comes after the other one in the order of an inbox. */
export const isBehind = (place: Cursor, other: Cursor): boolean =>
  compareBytes(encode(Cursor, place), encode(Cursor, other)) > 0;

/**
 * Brings this member up to what a majority knows of one part of an inbox: what it lacks is fetched,
 * and where others lack what it has, the deletes that may be the reason. A read of the own records
 * after that misses nothing that a majority acknowledged. SPEC.md §15.6.
 */
export class QuorumReader {
  readonly #records: MemberRecords;
  readonly #members: MemberCaller;
  readonly #health: MemberHealth;
  readonly #repair: PullRepair;
  readonly #timeoutMs: number;

  constructor({
    records,
    members,
    health,
    repair,
    timeoutMs = MAJORITY_TIMEOUT_MS,
  }: {
    readonly records: MemberRecords;
    readonly members: MemberCaller;
    readonly health: MemberHealth;
    readonly repair: PullRepair;
    readonly timeoutMs?: number | undefined;
  }) {
    this.#records = records;
    this.#members = members;
    this.#health = health;
    this.#repair = repair;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * @returns up to where this member has all now, when others have more behind it; undefined for the end
   * @throws MessagingError MESSAGING_NO_MAJORITY, also when members do not give what they list
   */
  async catchUp(inbox: InboxRef, span: ReadSpan, swarm: SwarmState): Promise<Cursor | undefined> {
    const {nodeId} = this.#records.parts;
    const others = swarm.members.filter((member) => !equalBytes(member, nodeId));
    const need = majorityOf(swarm.members.length) - 1;
    if (need === 0) return undefined;
    const {up, down} = memberOrder(inbox.account, others, this.#health);
    using deadline = new Deadline(this.#timeoutMs);
    const own = this.#listOwn(inbox, span);
    // Whoever waits for it hears of a failure; nobody may.
    own.catch(() => undefined);
    let isOver = false;
    const ask = async (member: NodeId): Promise<Listed> => {
      const theirs = await this.#ask(member, inbox, span);
      if (!isOver) await this.#compare(inbox, await own, theirs, deadline.signal);
      return theirs;
    };
    const answers = up.map(ask);
    let gathered = await gather(answers, need, deadline.signal);
    if (!gathered.isEnough && !deadline.signal.aborted) {
      answers.push(...down.map(ask));
      gathered = await gather(answers, need, deadline.signal);
    }
    isOver = true;
    if (gathered.isEnough) return leastCovered(gathered.values, span.after);
    await own;
    const answered = gathered.values.length + 1;
    throw new MessagingError('MESSAGING_NO_MAJORITY', {answered, needed: need + 1});
  }

  async #listOwn(inbox: InboxRef, span: ReadSpan): Promise<OwnList> {
    const {store, clock} = this.#records.parts;
    const own = await listInbox(store, inbox, {...span, nowMs: BigInt(clock.nowMs())});
    return {...own, names: new Set(own.entries.map(nameOf))};
  }

  async #ask(member: NodeId, inbox: InboxRef, span: ReadSpan): Promise<Listed> {
    const options = {timeoutMs: this.#timeoutMs};
    const value = {...inbox, ...span};
    const {entries, more} = await this.#members.call(member, {type: 'inbox', value}, options);
    this.#health.heard(member);
    return {member, entries, more};
  }

  async #compare(
    inbox: InboxRef,
    own: OwnList,
    theirs: Listed,
    signal: AbortSignal,
  ): Promise<void> {
    const theirNames = new Set(theirs.entries.map(nameOf));
    const missing = theirs.entries.filter(
      (each) => !own.names.has(nameOf(each)) && isCovered(own, each),
    );
    const extra = own.entries.filter(
      (each) => !theirNames.has(nameOf(each)) && isCovered(theirs, each),
    );
    const ids = [...missing, ...extra].map(({id}) => id);
    if (ids.length > 0) await this.#fetchHistory(theirs.member, inbox, ids, signal);
  }

  /** All that the other member knows of these ids and this one does not: stores and their ends. */
  async #fetchHistory(
    member: NodeId,
    inbox: InboxRef,
    ids: readonly Hash[],
    signal: AbortSignal,
  ): Promise<void> {
    const {database} = this.#records.parts;
    const value = {...inbox, ids: [...ids]};
    const options = {signal, timeoutMs: this.#timeoutMs};
    const {stamps} = await this.#members.call(member, {type: 'history', value}, options);
    const known = new Set<string>();
    for (const id of ids) {
      for (const {stamp} of await database.history(inbox, id)) {
        known.add(bytesToKey(encode(Stamp, stamp)));
      }
    }
    const unknown = stamps.filter((stamp) => !known.has(bytesToKey(encode(Stamp, stamp))));
    await this.#repair.pull({member, isLate: true}, unknown, signal);
  }
}
