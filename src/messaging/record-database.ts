import {sha256} from '../crypto/hash.ts';
import {bytesToKey, equalBytes, type Hash, type SessionId} from '../protocol/bytes.ts';
import {decode, encode} from '../protocol/codec.ts';
import type {Operation} from '../protocol/overlay/member-protocol.ts';
import type {InboxRef} from '../protocol/overlay/namespaces.ts';
import type {OwnerAuth} from '../protocol/overlay/owner-auth.ts';
import {MAX_HISTORY, Stamp} from '../protocol/stored-record.ts';
import type {ReadOptions, WriteOperation} from '../storage/kv.ts';
import {MessagingError} from './errors.ts';
import type {FoldedLeaf} from './fold.ts';
import {History, type HistoryItem} from './history.ts';
import {changeHistory} from './history-change.ts';
import {deleteSweepMs} from './history-removal.ts';
import {dataKey, historyKey, historyName, operationKey, sweepKey} from './key-space.ts';
import {KeyedLock} from './keyed-lock.ts';
import {OwnerKeyShelf} from './owner-key-shelf.ts';
import type {RecordStore} from './record-store.ts';
import {type ReadOperation, readOperation, StoredOperation} from './stored-operation.ts';

const EMPTY = new Uint8Array();

export type ApplyOptions = {
  /** The first cut-off that counts it, Unix ms: its stamp's clock unless said. */
  readonly sinceMs?: bigint;
  /** Of a store, where somebody has worked it out before. PERF: it is a hash over the message. */
  readonly id?: Hash | undefined;
  /** Told the ids that the operation touches once the disk has it to write: a known one is not written. */
  readonly onBegun?: (ids: readonly Hash[]) => void;
};

/** What an operation that was just applied made visible. */
export type Applied = {
  readonly isNew: boolean;
  readonly inbox: InboxRef;
  readonly stamp: Stamp;
  /** Ids that the operation touches; a store has one. */
  readonly ids: readonly Hash[];
  /** A store took the place of the same message under a later stamp: whoever watches knows it. */
  readonly isMoved: boolean;
};

type Histories = ReadonlyMap<
  string,
  {readonly name: Uint8Array; readonly added: readonly HistoryItem[]}
>;

function historiesOf({inbox, items}: ReadOperation): Histories {
  const histories = new Map<string, {name: Uint8Array; added: HistoryItem[]}>();
  for (const item of items) {
    const name = historyName(inbox, item.id);
    const place = bytesToKey(name);
    const history = histories.get(place) ?? {name, added: []};
    history.added.push(item);
    histories.set(place, history);
  }
  return histories;
}

/**
 * A member's records: operations go in, in any order and any number of times, and the leaves of the
 * stored set, the inboxes and what other members pull come out. SPEC.md §13.2.
 */
export class RecordDatabase {
  /** Of those who signed operations. */
  readonly keys: OwnerKeyShelf;
  readonly #store: RecordStore;
  readonly #lock = new KeyedLock();

  constructor(store: RecordStore) {
    this.#store = store;
    this.keys = new OwnerKeyShelf(store);
  }

  /**
   * Writes one operation durably; a known one changes nothing.
   * @throws MessagingError MESSAGING_STAMP_REUSED, MESSAGING_TOO_MANY_CHANGES, or
   * MESSAGING_RECORD_DAMAGED for a record without bytes that has not ended; StorageError
   */
  async apply(operation: Operation, options: ApplyOptions = {}): Promise<Applied> {
    const {sinceMs = operation.stamp.clockMs, id, onBegun} = options;
    const read = readOperation(operation, {sinceMs, id});
    const histories = historiesOf(read);
    const {stamp} = operation;
    const ids = read.items.map(({id}) => id);
    const stored = encode(StoredOperation, read.stored);
    await this.#keepSigner(read);
    return this.#lock.run([...histories.keys()], async () => {
      // PERF: both are absent for a new record, which costs no disk; a thread of the pool costs more.
      const known = await this.#store.get(operationKey(stamp), {onThread: true});
      if (known !== undefined) {
        if (!equalBytes(known, stored)) throw new MessagingError('MESSAGING_STAMP_REUSED');
        return {isNew: false, inbox: read.inbox, stamp, ids, isMoved: false};
      }
      const {writes, isMoved} = await this.#writesOf(read, stamp, histories);
      writes.push({type: 'put', key: operationKey(stamp), value: stored});
      const written = this.#store.write(writes);
      onBegun?.(ids);
      await written;
      return {isNew: true, inbox: read.inbox, stamp, ids, isMoved};
    });
  }

  /** Before the operation: whoever pulls it needs them. */
  async #keepSigner({inbox, signer}: ReadOperation): Promise<void> {
    if (signer === undefined || this.keys.isKept(inbox.account, signer.untilMs)) return;
    await this.keys.keep(inbox.account, signer.keys, signer.untilMs);
  }

  async #writesOf(
    read: ReadOperation,
    stamp: Stamp,
    histories: Histories,
  ): Promise<{readonly writes: WriteOperation[]; readonly isMoved: boolean}> {
    const {inbox, data, stored} = read;
    const writes: WriteOperation[] = [];
    let isMoved = false;
    for (const {name, added} of histories.values()) {
      const before = await this.#history(name, {onThread: true});
      if (before.length >= MAX_HISTORY) {
        throw new MessagingError('MESSAGING_TOO_MANY_CHANGES', {changes: before.length});
      }
      const change = changeHistory({inbox, name}, before, added);
      writes.push(...change.writes);
      // PERF: what is new brings its own bytes.
      const isNew = before.length === 0 && data !== undefined;
      const begun = isNew ? [] : change.begun;
      for (const leaf of begun) writes.push(...(await this.#dataOf(leaf, read, stamp)));
      isMoved ||=
        stored.type === 'store' && change.ended.some(({id}) => equalBytes(id, stored.value.id));
    }
    if (stored.type === 'store' && data !== undefined) {
      const key = dataKey({...inbox, stamp, id: stored.value.id});
      writes.push({type: 'put', key, value: data});
    }
    if (stored.type === 'delete') {
      const atMs = deleteSweepMs(stamp, inbox.namespace);
      writes.push({type: 'put', key: sweepKey(atMs, encode(Stamp, stamp)), value: EMPTY});
    }
    return {writes, isMoved};
  }

  /** A leaf that becomes a record must have its bytes: those of another store of its id are the same. */
  async #dataOf(
    leaf: FoldedLeaf,
    {inbox, data, items}: ReadOperation,
    stamp: Stamp,
  ): Promise<readonly WriteOperation[]> {
    const {id} = leaf;
    const brought = items.some((item) => equalBytes(item.id, id)) ? data : undefined;
    if (brought !== undefined && equalBytes(encode(Stamp, leaf.stamp), encode(Stamp, stamp)))
      return [];
    const key = dataKey({...inbox, stamp: leaf.stamp, id});
    if (await this.#store.has(key)) return [];
    const value = brought ?? (await this.bytesOf(inbox, id));
    if (value === undefined || !isOfRecord(leaf, value)) {
      throw new MessagingError('MESSAGING_RECORD_DAMAGED');
    }
    return [{type: 'put', key, value}];
  }

  async #history(name: Uint8Array, options?: ReadOptions): Promise<readonly HistoryItem[]> {
    const value = await this.#store.get(historyKey(name), options);
    return value === undefined ? [] : decode(History, value).items;
  }

  /** All operations on one id, as they fold; in an outbox on all of its ids. */
  history(inbox: InboxRef, id: Hash): Promise<readonly HistoryItem[]> {
    return this.#history(historyName(inbox, id));
  }

  /** The bytes of a message, as long as some store of it has them here: those of a record are. */
  async bytesOf(inbox: InboxRef, id: Hash): Promise<Uint8Array | undefined> {
    for (const item of await this.history(inbox, id)) {
      if (item.change.type !== 'store' || !equalBytes(item.id, id)) continue;
      const data = await this.#store.get(dataKey({...inbox, stamp: item.stamp, id}));
      if (data !== undefined) return data;
    }
    return undefined;
  }

  /** How many operations on one id there are: none, as a rule, and then it costs no disk. */
  async changes(inbox: InboxRef, id: Hash): Promise<number> {
    return (await this.#history(historyName(inbox, id), {onThread: true})).length;
  }

  /** The operation of a stamp as another member may apply it. */
  async operation(stamp: Stamp): Promise<Operation | undefined> {
    const value = await this.#store.get(operationKey(stamp));
    if (value === undefined) return undefined;
    const stored = decode(StoredOperation, value);
    if (stored.type === 'delete') {
      const {params, auth} = stored.value;
      const whole = await this.#withKeys(params.account, auth);
      return {stamp, body: {type: 'delete', value: {params, auth: whole}}};
    }
    const {id, size, dataHash, auth: signed, ...store} = stored.value;
    const {account, namespace} = store;
    const auth = signed === undefined ? undefined : await this.#withKeys(account, signed);
    const data = await this.#store.get(dataKey({account, namespace, stamp, id}));
    const content =
      data === undefined
        ? ({type: 'ended', value: {id, size, dataHash}} as const)
        : ({type: 'data', value: data} as const);
    return {stamp, body: {type: 'store', value: {...store, content, auth}}};
  }

  async #withKeys(account: SessionId, auth: OwnerAuth): Promise<OwnerAuth> {
    // Folders of before key 0a have them here.
    return {...auth, keys: auth.keys ?? (await this.keys.keysOf(account))};
  }

  /** Runs an action while no operation on these histories is applied. */
  exclusively<T>(names: readonly Uint8Array[], action: () => Promise<T>): Promise<T> {
    return this.#lock.run(names.map(bytesToKey), action);
  }
}

/** Whether these are the bytes that the record is about: whoever stored it without any may have said others. */
function isOfRecord({versions}: FoldedLeaf, data: Uint8Array): boolean {
  const entry = versions.at(-1)?.entry;
  if (entry?.type !== 'record') return false;
  return entry.value.size === data.length && equalBytes(entry.value.dataHash, sha256(data));
}
