import {bytesToKey, type Hash, type NodeId} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import type {Cursor, InboxPage} from '../protocol/overlay/client-protocol.ts';
import {MAX_LISTED} from '../protocol/overlay/member-protocol.ts';
import type {InboxRef} from '../protocol/overlay/namespaces.ts';
import {Stamp} from '../protocol/stored-record.ts';
import {Deadline} from './deadline.ts';
import {MessagingError} from './errors.ts';
import {gather} from './gather.ts';
import {
  isBehind,
  isList,
  type Listed,
  lackingIn,
  leastCovered,
  listedBy,
  nameOf,
  type ReadSpan,
  untoldOf,
} from './inbox-list.ts';
import {listInbox} from './inbox-reader.ts';
import {operationKey} from './key-space.ts';
import type {MemberHealth} from './member-health.ts';
import {memberOrder} from './member-order.ts';
import {MemberQuorum} from './member-quorum.ts';
import type {MemberRecords} from './member-records.ts';
import {type MemberCaller, majorityOf, type SwarmState} from './ports.ts';
import type {PullRepair} from './pull-repair.ts';

const MAJORITY_TIMEOUT_MS = 4000;

/** What a majority has listed, and up to where this member has all of it now; undefined for the end. */
type CaughtUp = {readonly lists: readonly Listed[]; readonly end: Cursor | undefined};

/** Whose word it is, of which inbox. */
type Source = {readonly member: NodeId; readonly inbox: InboxRef};

const stampName = (stamp: Stamp): string => bytesToKey(encode(Stamp, stamp));

/** What of a page lies up to the place behind which others may have more than this member. */
function endAt(page: InboxPage, end: Cursor | undefined): InboxPage {
  if (end === undefined) return page;
  return {records: page.records.filter((record) => !isBehind(record, end)), more: true};
}

const notGiven = (): MessagingError =>
  new MessagingError('MESSAGING_NO_MAJORITY', {reason: 'listed, but not given'});

/**
 * Brings this member up to what a majority, also of each group that acknowledges, knows of one part of an
 * inbox: what it lacks is fetched, and from each of them that lacks what it has by then, the deletes that may
 * be the reason. A read of the own records after that misses nothing that a majority acknowledged, and shows
 * nothing that one deleted. SPEC.md §15.6.
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
    const silent = new Set<string>();
    let span: ReadSpan = {after, limit};
    for (;;) {
      const {lists, end} = await this.#catchUp(inbox, span, {swarm, silent}, deadline.signal);
      const readUpTo = async (): Promise<InboxPage> => endAt(await read(), end);
      const page = await this.#confirmed(inbox, lists, {readUpTo, silent}, deadline.signal);
      // One of them does not say what it knows: others count in its place.
      if (page === undefined) continue;
      if (page.records.length > 0 || end === undefined) return page;
      // What was listed up to there has ended by now.
      span = {after: end, limit: MAX_LISTED};
    }
  }

  /**
   * The own records by now, of which each is listed by all of these members, or they were asked about it: what
   * another one brought, in whatever way, may have ended where this member did not hear of it.
   * @param silent gets those that do not say
   * @returns undefined when there are any
   */
  async #confirmed(
    inbox: InboxRef,
    lists: readonly Listed[],
    {readUpTo, silent}: {readonly readUpTo: () => Promise<InboxPage>; readonly silent: Set<string>},
    signal: AbortSignal,
  ): Promise<InboxPage | undefined> {
    const ask = async (list: Listed, places: readonly Cursor[]): Promise<void> => {
      if (places.length === 0) return;
      try {
        const ids = places.map(({id}) => id);
        await this.#fetch({member: list.nodeId, inbox}, {ids, stamps: []}, signal);
        for (const place of places) list.told.add(nameOf(place));
      } catch {
        // Whatever the reason, its word is not whole; an abort ends the next gathering.
        silent.add(bytesToKey(list.nodeId));
      }
    };
    for (let isAsked = false; ; isAsked = true) {
      const page = await readUpTo();
      const untold = lists.map((list) => ({list, places: untoldOf(list, page)}));
      const open = new Set(untold.flatMap(({places}) => places));
      const first = page.records.findIndex((record) => open.has(record));
      if (first < 0) return page;
      // What came while they were asked is for the next page, or there would be no end to it.
      if (isAsked && first > 0) return {records: page.records.slice(0, first), more: true};
      await Promise.all(untold.map(({list, places}) => ask(list, places)));
      if (lists.some(({nodeId}) => silent.has(bytesToKey(nodeId)))) return undefined;
    }
  }

  /**
   * Fetches what this member lacks of a part of an inbox.
   * @param silent members that do not count
   * @throws MessagingError MESSAGING_NO_MAJORITY, also when members do not give what they list
   */
  async #catchUp(
    inbox: InboxRef,
    span: ReadSpan,
    {swarm, silent}: {readonly swarm: SwarmState; readonly silent: ReadonlySet<string>},
    signal: AbortSignal,
  ): Promise<CaughtUp> {
    const {nodeId} = this.#records.parts;
    const quorum = MemberQuorum.ofReads(swarm, nodeId);
    if (quorum.isEnough([])) return {lists: [], end: undefined};
    const isEnough = quorum.isEnough.bind(quorum);
    const {up, down} = memberOrder(inbox.account, quorum.others, this.#health);
    const own = this.#listOwn(inbox, span);
    // Whoever waits for it hears of a failure; nobody may.
    own.catch(() => undefined);
    let isOver = false;
    const ask = async (member: NodeId): Promise<Listed> => {
      if (silent.has(bytesToKey(member))) throw notGiven();
      const theirs = await this.#ask(member, inbox, span, signal);
      if (!isOver) await this.#compare({member, inbox}, await own, theirs, signal);
      return theirs;
    };
    const answers = up.map(ask);
    let gathered = await gather(answers, isEnough, signal, quorum.least);
    if (!gathered.isEnough && !signal.aborted) {
      answers.push(...down.map(ask));
      gathered = await gather(answers, isEnough, signal, quorum.least);
    }
    isOver = true;
    if (gathered.isEnough) {
      const {values} = gathered;
      // What lies behind the own list was not fetched.
      return {lists: values, end: leastCovered([await own, ...values], span.after)};
    }
    await own;
    const answered = gathered.values.length + 1;
    const needed = majorityOf(swarm.members.length);
    throw new MessagingError('MESSAGING_NO_MAJORITY', {answered, needed});
  }

  async #listOwn(inbox: InboxRef, span: ReadSpan): Promise<Listed> {
    const {store, clock, nodeId} = this.#records.parts;
    const own = await listInbox(store, inbox, {...span, nowMs: BigInt(clock.nowMs())});
    return listedBy(nodeId, own);
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
    const listed = listedBy(member, {entries, more});
    if (!isList(listed, span)) throw notGiven();
    return listed;
  }

  async #compare(from: Source, own: Listed, theirs: Listed, signal: AbortSignal): Promise<void> {
    const missing = lackingIn(own, theirs);
    const extra = lackingIn(theirs, own);
    const ids = [...missing, ...extra].map(({id}) => id);
    if (ids.length === 0) return;
    for (const each of extra) theirs.told.add(nameOf(each));
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
