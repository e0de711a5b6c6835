import {bytesToKey, compareBytes, type Hash, type NodeId} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import {Cursor, type InboxPage} from '../protocol/overlay/client-protocol.ts';
import {MAX_LISTED} from '../protocol/overlay/member-protocol.ts';
import type {InboxRef} from '../protocol/overlay/namespaces.ts';
import {Stamp} from '../protocol/stored-record.ts';
import {Deadline} from './deadline.ts';
import {MessagingError} from './errors.ts';
import {gather} from './gather.ts';
import {listInbox} from './inbox-reader.ts';
import {operationKey} from './key-space.ts';
import type {MemberHealth} from './member-health.ts';
import {memberOrder} from './member-order.ts';
import {MemberQuorum} from './member-quorum.ts';
import type {MemberRecords} from './member-records.ts';
import {type MemberCaller, majorityOf, type SwarmState} from './ports.ts';
import type {PullRepair} from './pull-repair.ts';

const MAJORITY_TIMEOUT_MS = 4000;

type Listed = {
  readonly nodeId: NodeId;
  readonly entries: readonly Cursor[];
  /** Of the entries: they compare as these do. */
  readonly names: readonly string[];
  readonly more: boolean;
};

export type ReadSpan = {readonly after: Cursor | undefined; readonly limit: number};

/** Whose word it is, of which inbox. */
type Source = {readonly member: NodeId; readonly inbox: InboxRef};

const stampName = (stamp: Stamp): string => bytesToKey(encode(Stamp, stamp));
const nameOf = (cursor: Cursor): string => bytesToKey(encode(Cursor, cursor));

/** Whether a list that ends at its last entry says anything of this place. */
function isCovered({entries, more}: Pick<Listed, 'entries' | 'more'>, place: Cursor): boolean {
  const last = entries.at(-1);
  if (!more || last === undefined) return !more;
  return !isBehind(place, last);
}

/** What the other list has of what this one covers. */
function lackingIn(list: Listed, other: Listed): readonly Cursor[] {
  const names = new Set(list.names);
  return other.entries.filter(
    (each, at) => !names.has(other.names[at] ?? '') && isCovered(list, each),
  );
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
const isBehind = (place: Cursor, other: Cursor): boolean =>
  compareBytes(encode(Cursor, place), encode(Cursor, other)) > 0;

/** What of a page lies up to the place behind which others may have more than this member. */
function endAt(page: InboxPage, end: Cursor | undefined): InboxPage {
  if (end === undefined) return page;
  return {records: page.records.filter((record) => !isBehind(record, end)), more: true};
}

/** Whether it can be what a member holds there: in order behind the cursor, and full where there is more. */
function isList({names, more}: Listed, {after, limit}: ReadSpan): boolean {
  const most = Math.min(limit, MAX_LISTED);
  if (names.length > most || (more && names.length < most)) return false;
  const places = after === undefined ? names : [nameOf(after), ...names];
  return places.every((place, at) => at === 0 || place > (places[at - 1] ?? ''));
}

const notGiven = (): MessagingError =>
  new MessagingError('MESSAGING_NO_MAJORITY', {reason: 'listed, but not given'});

/** @throws MessagingError for one of those that do not say what they know */
function requireOther(list: Listed, silent: ReadonlySet<Listed>): Listed {
  if (silent.has(list)) throw notGiven();
  return list;
}

/**
 * Brings this member up to what a majority, also of each group that acknowledges, knows of one part of an inbox: what it lacks is fetched,
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
   * A page that misses nothing that a majority acknowledged.
   * @param read gives a page of the own records
   * @throws MessagingError MESSAGING_NO_MAJORITY
   */
  async page(
    inbox: InboxRef,
    {after, limit}: ReadSpan,
    {
      swarm,
      read,
      signal,
    }: {
      readonly swarm: SwarmState;
      readonly read: () => Promise<InboxPage>;
      readonly signal: AbortSignal;
    },
  ): Promise<InboxPage> {
    using deadline = new Deadline(this.#timeoutMs, signal);
    let span: ReadSpan = {after, limit};
    for (;;) {
      const end = await this.catchUp(inbox, span, swarm, deadline.signal);
      const page = endAt(await read(), end);
      if (page.records.length > 0 || end === undefined) return page;
      // What was listed up to there has ended by now.
      span = {after: end, limit: MAX_LISTED};
    }
  }

  /**
   * @returns up to where this member has all now, when others have more behind it; undefined for the end
   * @throws MessagingError MESSAGING_NO_MAJORITY, also when members do not give what they list
   */
  async catchUp(
    inbox: InboxRef,
    span: ReadSpan,
    swarm: SwarmState,
    signal: AbortSignal,
  ): Promise<Cursor | undefined> {
    const {nodeId} = this.#records.parts;
    const quorum = MemberQuorum.ofReads(swarm, nodeId);
    if (quorum.isEnough([])) return undefined;
    const isEnough = quorum.isEnough.bind(quorum);
    const {up, down} = memberOrder(inbox.account, quorum.others, this.#health);
    const own = this.#listOwn(inbox, span);
    // Whoever waits for it hears of a failure; nobody may.
    own.catch(() => undefined);
    let isOver = false;
    const ask = async (member: NodeId): Promise<Listed> => {
      const theirs = await this.#ask(member, inbox, span, signal);
      if (!isOver) await this.#compare({member, inbox}, await own, theirs, signal);
      return theirs;
    };
    let answers = up.map(ask);
    let gathered = await gather(answers, isEnough, signal, quorum.least);
    for (let left = down; !signal.aborted; ) {
      if (gathered.isEnough) {
        const silent = await this.#compareEach(inbox, await own, gathered.values, signal);
        if (silent.size === 0) break;
        answers = answers.map((answer) => answer.then((list) => requireOther(list, silent)));
      } else if (left.length > 0) {
        answers.push(...left.map(ask));
        left = [];
      } else {
        break;
      }
      gathered = await gather(answers, isEnough, signal, quorum.least);
    }
    isOver = true;
    if (gathered.isEnough && !signal.aborted) return leastCovered(gathered.values, span.after);
    await own;
    const answered = gathered.values.length + 1;
    const needed = majorityOf(swarm.members.length);
    throw new MessagingError('MESSAGING_NO_MAJORITY', {answered, needed});
  }

  async #listOwn(inbox: InboxRef, span: ReadSpan): Promise<Listed> {
    const {store, clock, nodeId} = this.#records.parts;
    const own = await listInbox(store, inbox, {...span, nowMs: BigInt(clock.nowMs())});
    return {...own, nodeId, names: own.entries.map(nameOf)};
  }

  /** @throws MessagingError MESSAGING_NO_MAJORITY for what is no list of this span */
  async #ask(
    member: NodeId,
    inbox: InboxRef,
    span: ReadSpan,
    signal: AbortSignal,
  ): Promise<Listed> {
    const options = {signal, timeoutMs: this.#timeoutMs};
    const value = {...inbox, ...span};
    const {entries, more} = await this.#members.call(member, {type: 'inbox', value}, options);
    this.#health.heard(member);
    const listed = {nodeId: member, entries, names: entries.map(nameOf), more};
    if (!isList(listed, span)) throw notGiven();
    return listed;
  }

  async #compare(from: Source, own: Listed, theirs: Listed, signal: AbortSignal): Promise<void> {
    const missing = lackingIn(own, theirs);
    const ids = [...missing, ...lackingIn(theirs, own)].map(({id}) => id);
    if (ids.length === 0) return;
    await this.#fetch(from, {ids, stamps: missing.map(({stamp}) => stamp)}, signal);
    // Whoever lists what it cannot give says nothing of what others stored. What a stamp names that is another
    // operation's here cannot be taken from anybody.
    const {database, store} = this.#records.parts;
    for (const {stamp, id} of missing) {
      const known = await database.history(from.inbox, id);
      if (known.some((item) => stampName(item.stamp) === stampName(stamp))) continue;
      if (!(await store.has(operationKey(stamp)))) throw notGiven();
    }
  }

  /**
   * What this member lacked is listed by some of the others: those that do not list it may know of its end.
   * @returns those that do not say
   */
  async #compareEach(
    inbox: InboxRef,
    own: Listed,
    lists: readonly Listed[],
    signal: AbortSignal,
  ): Promise<ReadonlySet<Listed>> {
    const silent = new Set<Listed>();
    const missing = new Map<string, Cursor>();
    for (const each of lists.flatMap((list) => lackingIn(own, list))) {
      missing.set(nameOf(each), each);
    }
    const ask = async (list: Listed): Promise<void> => {
      const names = new Set(list.names);
      const ended = [...missing].filter(
        ([name, place]) => !names.has(name) && isCovered(list, place),
      );
      if (ended.length === 0) return;
      const ids = ended.map(([, {id}]) => id);
      try {
        await this.#fetch({member: list.nodeId, inbox}, {ids, stamps: []}, signal);
      } catch {
        // As one that fails before: another one may count in its place.
        silent.add(list);
      }
    };
    await Promise.all(lists.map(ask));
    return silent;
  }

  /** These, and all else that the other member knows of these ids: stores and their ends. */
  async #fetch(
    {member, inbox}: Source,
    {ids, stamps}: {readonly ids: readonly Hash[]; readonly stamps: readonly Stamp[]},
    signal: AbortSignal,
  ): Promise<void> {
    const {database} = this.#records.parts;
    const value = {...inbox, ids: [...ids]};
    const options = {signal, timeoutMs: this.#timeoutMs};
    const theirs = await this.#members.call(member, {type: 'history', value}, options);
    const unknown = new Map([...stamps, ...theirs.stamps].map((each) => [stampName(each), each]));
    for (const id of ids) {
      for (const {stamp} of await database.history(inbox, id)) unknown.delete(stampName(stamp));
    }
    await this.#repair.pull({member, isLate: true}, [...unknown.values()], signal);
  }
}
