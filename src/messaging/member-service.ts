import {bytesToKey, equalBytes, type Hash, type NodeId} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import {
  MAX_LISTED,
  type MemberAnswer,
  type MemberRequest,
  type Span,
} from '../protocol/overlay/member-protocol.ts';
import type {InboxRef} from '../protocol/overlay/namespaces.ts';
import {type SetLeaf, Stamp} from '../protocol/stored-record.ts';
import {MessagingError} from './errors.ts';
import {listInbox} from './inbox-reader.ts';
import type {MemberHealth} from './member-health.ts';
import type {MemberRecords} from './member-records.ts';
import {digestOf, listStamps} from './operation-index.ts';
import {type CommittedSet, writersOf} from './ports.ts';
import {operationsOf} from './serve-operations.ts';

type Value<T extends MemberRequest['type']> = Extract<MemberRequest, {readonly type: T}>['value'];

/** Answers the other members of the own swarm, those that it is about to merge with, and nobody else. */
export class MemberService {
  readonly #records: MemberRecords;
  readonly #health: MemberHealth;
  readonly #committed: CommittedSet;

  constructor(records: MemberRecords, health: MemberHealth, committed: CommittedSet) {
    this.#records = records;
    this.#health = health;
    this.#committed = committed;
  }

  /** @throws MessagingError MESSAGING_NOT_A_MEMBER for strangers, and what the request deserves */
  async answer(request: MemberRequest, from: NodeId | undefined): Promise<MemberAnswer> {
    const member = this.#requireMember(from);
    this.#health.heard(member);
    switch (request.type) {
      case 'write':
        return {type: 'write', value: {receipt: await this.#write(request.value, member)}};
      case 'digest':
        return {type: 'digest', value: await digestOf(this.#records.parts.store, request.value)};
      case 'stamps':
        return {type: 'stamps', value: await this.#stamps(request.value)};
      case 'operations':
        return {type: 'operations', value: await this.#operations(request.value)};
      case 'inbox':
        return {type: 'inbox', value: await this.#inbox(request.value)};
      case 'history':
        return {type: 'history', value: await this.#history(request.value, request.value.ids)};
      case 'leaves':
        return {type: 'leaves', value: await this.#leaves(request.value)};
      case 'deliver': {
        const {operations} = request.value;
        const count = await this.#records.takeAll(operations, {isLate: true});
        return {type: 'deliver', value: {count}};
      }
    }
  }

  #requireMember(from: NodeId | undefined): NodeId {
    const own = this.#records.parts.swarms.own();
    if (own === undefined) throw new MessagingError('MESSAGING_NOT_READY');
    const member = writersOf(own).find((each) => from !== undefined && equalBytes(each, from));
    if (member === undefined) throw new MessagingError('MESSAGING_NOT_A_MEMBER');
    return member;
  }

  #write({operation}: Value<'write'>, member: NodeId) {
    return this.#records.direct(operation, member);
  }

  async #stamps({span, after}: {readonly span: Span; readonly after: Stamp | undefined}) {
    const options = {after, limit: MAX_LISTED};
    const {stamps, more} = await listStamps(this.#records.parts.store, span, options);
    return {stamps: [...stamps], more};
  }

  async #operations({stamps}: Value<'operations'>) {
    const {operations, looked} = await operationsOf(this.#records.parts.database, stamps);
    return {operations: [...operations], more: looked < stamps.length};
  }

  async #inbox({after, limit, ...inbox}: Value<'inbox'>) {
    const {store, clock} = this.#records.parts;
    const nowMs = BigInt(clock.nowMs());
    const {entries, more} = await listInbox(store, inbox, {after, limit, nowMs});
    return {entries: [...entries], more};
  }

  async #history(inbox: InboxRef, ids: readonly Hash[]) {
    const stamps = new Map<string, Stamp>();
    for (const id of ids) {
      for (const {stamp} of await this.#records.parts.database.history(inbox, id)) {
        stamps.set(bytesToKey(encode(Stamp, stamp)), stamp);
      }
    }
    const all = [...stamps.values()];
    return {stamps: all.slice(0, MAX_LISTED), more: all.length > MAX_LISTED};
  }

  async #leaves({epoch, c, after}: Value<'leaves'>) {
    const behind = this.#committed.leavesOf(epoch, c, after);
    if (behind === undefined) throw new MessagingError('MESSAGING_OTHER_SET', {epoch});
    const leaves: SetLeaf[] = [];
    for await (const leaf of behind) {
      if (leaves.length === MAX_LISTED) return {leaves, more: true};
      leaves.push(leaf);
    }
    return {leaves, more: false};
  }
}
