import {bytesToKey, equalBytes, type Hash} from '../protocol/bytes.ts';
import type {InboxRef} from '../protocol/overlay/namespaces.ts';
import {MAX_HISTORY} from '../protocol/stored-record.ts';
import {MessagingError} from './errors.ts';
import {foldHistory} from './fold.ts';
import type {HistoryItem} from './history.ts';
import {historyName} from './key-space.ts';
import type {Clock} from './ports.ts';
import type {RecordDatabase} from './record-database.ts';

/** Of one history: operations behind which no store is admitted, and deletes behind which few are. */
const MAX_ADMITTED = 256;

/** Counts until it is disposed of. */
export type Admission = Disposable & {
  /** Operations that were there before. */
  readonly changes: number;
};

type Counts = {readonly changes: number; readonly deletes: number};
const NONE: Counts = {changes: 0, deletes: 0};

type Reservation = Disposable & {readonly before: Counts};

/** Whether the id is a record now. */
function isRecord({namespace}: InboxRef, items: readonly HistoryItem[], id: Hash, nowMs: bigint) {
  return foldHistory(namespace, items).some((leaf) => {
    const entry = leaf.versions.at(-1)?.entry;
    return entry?.type === 'record' && entry.value.expiryMs > nowMs && equalBytes(leaf.id, id);
  });
}

/**
 * Which writes a coordinator may stamp, by what their histories hold; what others stamped is always taken.
 * Writes that are under way count, or all that come together would find the same room. Stores end where
 * deletes do not: else a stranger, who may store, could keep the owner from deleting. SPEC.md §15.9.
 */
export class Admissions {
  readonly #database: Pick<RecordDatabase, 'changes' | 'history'>;
  readonly #clock: Clock;
  /** By history. */
  readonly #underWay = new Map<string, Counts>();

  constructor({
    database,
    clock,
  }: {
    readonly database: Pick<RecordDatabase, 'changes' | 'history'>;
    readonly clock: Clock;
  }) {
    this.#database = database;
    this.#clock = clock;
  }

  /** @throws MessagingError MESSAGING_TOO_MANY_CHANGES */
  async store(inbox: InboxRef, id: Hash): Promise<Admission> {
    using stack = new DisposableStack();
    const name = bytesToKey(historyName(inbox, id));
    const {before} = stack.use(this.#reserve(name, {changes: 1, deletes: 0}));
    const changes = await this.#database.changes(inbox, id);
    if (changes + before.changes >= MAX_ADMITTED) throw tooMany(changes);
    const reserved = stack.move();
    return {changes, [Symbol.dispose]: () => reserved.dispose()};
  }

  /** @throws MessagingError MESSAGING_TOO_MANY_CHANGES */
  async delete(inbox: InboxRef, ids: readonly Hash[]): Promise<Disposable> {
    using stack = new DisposableStack();
    const histories = Map.groupBy(ids, (id) => bytesToKey(historyName(inbox, id)));
    for (const [name, itsIds] of histories) {
      const count = itsIds.length;
      const {before} = stack.use(this.#reserve(name, {changes: count, deletes: count}));
      await this.#requireDeletable(inbox, itsIds, before);
    }
    return stack.move();
  }

  /** Ids of one history. Behind so many deletes, another one must have something to delete. */
  async #requireDeletable(inbox: InboxRef, ids: readonly Hash[], before: Counts): Promise<void> {
    const [first] = ids;
    if (first === undefined) return;
    const changes = before.changes + (await this.#database.changes(inbox, first));
    if (changes < MAX_ADMITTED) return;
    if (changes + ids.length > MAX_HISTORY) throw tooMany(changes);
    const items = await this.#database.history(inbox, first);
    const deletes = items.filter(({change}) => change.type === 'delete').length;
    if (before.deletes + deletes < MAX_ADMITTED) return;
    const nowMs = BigInt(this.#clock.nowMs());
    const isNeeded = ids.every((id) => isRecord(inbox, items, id, nowMs));
    if (!isNeeded || before.deletes >= MAX_ADMITTED) throw tooMany(changes);
  }

  #reserve(name: string, added: Counts): Reservation {
    const before = this.#underWay.get(name) ?? NONE;
    this.#add(name, added, 1);
    return {before, [Symbol.dispose]: () => this.#add(name, added, -1)};
  }

  #add(name: string, added: Counts, sign: 1 | -1): void {
    const counts = this.#underWay.get(name) ?? NONE;
    const changes = counts.changes + sign * added.changes;
    const deletes = counts.deletes + sign * added.deletes;
    if (changes === 0) this.#underWay.delete(name);
    else this.#underWay.set(name, {changes, deletes});
  }
}

const tooMany = (changes: number): MessagingError =>
  new MessagingError('MESSAGING_TOO_MANY_CHANGES', {changes});
