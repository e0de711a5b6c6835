import {concatBytes, equalBytes, type SessionId, toSessionId} from '../protocol/bytes.ts';
import {decode, encode, u64} from '../protocol/codec.ts';
import {Stamp} from '../protocol/stored-record.ts';
import {type KeyRange, prefixRange, remove} from '../storage/kv.ts';
import {swarmOf} from '../swarm/swarm-space.ts';
import type {HandOver} from './hand-over.ts';
import {History} from './history.ts';
import {deleteRemoval, historyRemoval} from './history-removal.ts';
import {HistoryKey, historyName, operationKey, PREFIX} from './key-space.ts';
import type {Holders} from './ports.ts';
import {forgetOtherSwarm} from './reconciled-note.ts';
import type {RecordDatabase} from './record-database.ts';
import type {RecordStore} from './record-store.ts';
import {StoredOperation} from './stored-operation.ts';

const U64_BYTES = 8;
const STAMP_BYTES = Stamp.maxSize;
/** Keys that are looked at before others have their turn. */
const MOST_AT_ONCE = 1000;
/** Histories whose removals share their writes. PERF: more at once, and who writes meanwhile waits for them. */
const MOST_TOGETHER = 25;

/** What has gone: messages, and hints of operations that are gone. */
export type Released = {
  readonly swarms: number;
  readonly records: number;
  readonly hints: number;
};

const NOTHING: Released = {swarms: 0, records: 0, hints: 0};

type Parts = {readonly store: RecordStore; readonly database: RecordDatabase};

/** Whether what an account has here may go, at this very moment. */
type MayGo = (account: SessionId) => boolean;

/** All keys of a range, some at a time; nothing is held open between. */
async function* slicesOf(
  store: RecordStore,
  range: KeyRange,
): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  let left = range;
  for (;;) {
    const keys: Uint8Array[] = [];
    for await (const [key] of store.iterate(left)) {
      keys.push(key);
      if (keys.length === MOST_AT_ONCE) break;
    }
    const last = keys.at(-1);
    if (last === undefined) return;
    yield keys;
    left = {...left, gte: concatBytes(last, Uint8Array.of(0))};
  }
}

function accountOfName(name: Uint8Array): SessionId {
  return toSessionId(name.slice(0, toSessionId.byteLength));
}

/**
 * Deletes what this node holds of inboxes that others hold by now. SPEC.md §15.8. A walk that is
 * broken off, by a stop, a crash or another table, is begun again; what has gone is gone.
 */
export class Releaser {
  readonly #parts: Parts;
  readonly #handOver: HandOver;
  /** Swarms of which nothing is left here, with the count that let it go. */
  #done: ReadonlyMap<number, bigint> = new Map();

  constructor(parts: Parts, handOver: HandOver) {
    this.#parts = parts;
    this.#handOver = handOver;
  }

  /**
   * Walks over the records if there is a swarm whose inboxes may go and have not gone yet.
   * @param now the chain's word of this moment; undefined while it is not heard: nothing goes then
   */
  async run(now: () => Holders | undefined, signal: AbortSignal): Promise<Released> {
    const holders = now();
    if (holders === undefined) return NOTHING;
    const over = await this.#handOver.over(holders);
    const due = [...over].filter(([swarmId, since]) => this.#done.get(swarmId) !== since);
    if (due.length === 0) return NOTHING;
    const mayGo = mayGoBy(holders, {over, now});
    const isOn = (): boolean => !signal.aborted && now() === holders;
    const {store} = this.#parts;
    const {swarmExponent} = holders;
    const own = holders.own === undefined ? undefined : {...holders.own, swarmExponent};
    await store.write(await forgetOtherSwarm(store, own));
    const records = await this.#releaseHistories(mayGo, isOn);
    await this.#releaseDeletes(mayGo, isOn);
    const hints = await this.#releaseHints(isOn);
    await this.#releaseOverrides(holders.epoch, isOn);
    if (isOn()) this.#done = over;
    return {swarms: due.length, records, hints};
  }

  async #releaseHistories(mayGo: MayGo, isOn: () => boolean): Promise<number> {
    let records = 0;
    for await (const keys of slicesOf(this.#parts.store, prefixRange(PREFIX.history))) {
      const names = keys.map((key) => key.subarray(PREFIX.history.length));
      const going = names.filter((name) => mayGo(accountOfName(name)));
      for (let at = 0; at < going.length; at += MOST_TOGETHER) {
        const some = going.slice(at, at + MOST_TOGETHER);
        const counts = await Promise.all(some.map((name) => this.#releaseHistory(name, mayGo)));
        records += counts.reduce((sum, count) => sum + count, 0);
      }
      if (!isOn()) break;
    }
    return records;
  }

  /**
   * All of one history at once. Its deletes go with it, also where they are of other histories too: if
   * the inbox comes back before those have gone, they are fetched again with what they end.
   */
  async #releaseHistory(name: Uint8Array, mayGo: MayGo): Promise<number> {
    const {store, database} = this.#parts;
    return database.exclusively([name], async () => {
      const value = await store.get(concatBytes(PREFIX.history, name));
      if (value === undefined || !mayGo(accountOfName(name))) return 0;
      const {items} = decode(History, value);
      const {namespace} = decode(HistoryKey, name);
      const deletes = items.filter(({change}) => change.type === 'delete');
      const writes = deletes.flatMap(({stamp}) => deleteRemoval(stamp, namespace));
      await store.write([...historyRemoval(name, items), ...writes]);
      return items.length - deletes.length;
    });
  }

  /** Deletes outlive what they ended. */
  async #releaseDeletes(mayGo: MayGo, isOn: () => boolean): Promise<void> {
    for await (const keys of slicesOf(this.#parts.store, prefixRange(PREFIX.sweep))) {
      const names = keys.map((key) => key.subarray(PREFIX.sweep.length + U64_BYTES));
      for (const name of names) {
        if (name.length === STAMP_BYTES) await this.#releaseDelete(decode(Stamp, name), mayGo);
      }
      if (!isOn()) break;
    }
  }

  async #releaseDelete(stamp: Stamp, mayGo: MayGo): Promise<void> {
    const {store, database} = this.#parts;
    const value = await store.get(operationKey(stamp));
    if (value === undefined) return;
    const stored = decode(StoredOperation, value);
    if (stored.type !== 'delete') return;
    const {ids, ...inbox} = stored.value.params;
    if (!mayGo(inbox.account)) return;
    const names = ids.map((id) => historyName(inbox, id));
    await database.exclusively(names, async () => {
      if (mayGo(inbox.account)) await store.write(deleteRemoval(stamp, inbox.namespace));
    });
  }

  /** Nobody can be brought an operation that is gone. */
  async #releaseHints(isOn: () => boolean): Promise<number> {
    const {store} = this.#parts;
    let count = 0;
    for await (const keys of slicesOf(store, prefixRange(PREFIX.hint))) {
      const isHeld = await Promise.all(
        keys.map((key) =>
          store.has(concatBytes(PREFIX.operation, key.subarray(key.length - STAMP_BYTES))),
        ),
      );
      const idle = keys.filter((_, index) => isHeld[index] === false);
      if (idle.length > 0) await store.write(idle.map(remove));
      count += idle.length;
      if (!isOn()) break;
    }
    return count;
  }

  /** Where sets of epochs that are over differed: who has no seat settles none that forgets them. */
  async #releaseOverrides(epoch: bigint, isOn: () => boolean): Promise<void> {
    const {store} = this.#parts;
    const range = {gte: PREFIX.override, lt: concatBytes(PREFIX.override, encode(u64, epoch))};
    for await (const keys of slicesOf(store, range)) {
      if (!isOn()) break;
      await store.write(keys.map(remove));
    }
  }
}

/** By one table, as long as it is the chain's word. Records of one account lie beside each other. */
function mayGoBy(
  holders: Holders,
  {
    over,
    now,
  }: {readonly over: ReadonlyMap<number, bigint>; readonly now: () => Holders | undefined},
): MayGo {
  let last: {readonly account: SessionId; readonly swarmId: number} | undefined;
  return (account) => {
    if (last === undefined || !equalBytes(last.account, account)) {
      last = {account, swarmId: swarmOf(account, holders.swarmExponent)};
    }
    return now() === holders && over.has(last.swarmId);
  };
}
