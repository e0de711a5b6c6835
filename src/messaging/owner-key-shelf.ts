import {bytesToKey, type SessionId} from '../protocol/bytes.ts';
import {type CodecValue, decode, encode, struct, u64, versioned} from '../protocol/codec.ts';
import {OwnerKeys} from '../protocol/overlay/owner-auth.ts';
import {remove, type WriteOperation} from '../storage/kv.ts';
import {ownerKeysKey, sweepKey} from './key-space.ts';
import {KeyedLock} from './keyed-lock.ts';
import type {RecordStore} from './record-store.ts';

/** Keys are kept so much longer than asked for, in ms: those of a busy owner are written once a week. */
const LONGER_MS = 604_800_000n;
/** Accounts whose keys are known to be on disk. */
const KNOWN_ACCOUNTS = 4096;
const EMPTY = new Uint8Array();

/** An owner's keys, and until when operations that they signed may need them. SPEC.md §13.2. */
export const ShelvedKeys = versioned(0, struct('ShelvedKeys', {untilMs: u64, keys: OwnerKeys}));
type ShelvedKeys = CodecValue<typeof ShelvedKeys>;

/**
 * Owners' keys, once for all operations of an owner: beside each of them they would be a third of
 * what it takes on disk.
 */
export class OwnerKeyShelf {
  readonly #store: Pick<RecordStore, 'get' | 'write'>;
  readonly #lock = new KeyedLock();
  /** Until when they are kept, of accounts used last. */
  readonly #known = new Map<string, bigint>();

  constructor(store: Pick<RecordStore, 'get' | 'write'>) {
    this.#store = store;
  }

  /**
   * Whether the keys are on disk, and stay there until `untilMs`, Unix ms. False may only mean that
   * it has not been looked.
   */
  isKept(account: SessionId, untilMs: bigint): boolean {
    const keptMs = this.#known.get(bytesToKey(account));
    return keptMs !== undefined && keptMs >= untilMs;
  }

  /** The keys are on disk when it resolves, and stay there until `untilMs`, Unix ms. @throws StorageError */
  async keep(account: SessionId, keys: OwnerKeys, untilMs: bigint): Promise<void> {
    await this.#lock.run([bytesToKey(account)], async () => {
      if (this.isKept(account, untilMs)) return;
      const before = await this.#read(account);
      if (before !== undefined && before.untilMs >= untilMs) {
        this.#remember(account, before.untilMs);
        return;
      }
      const keptMs = untilMs + LONGER_MS;
      const value = encode(ShelvedKeys, {untilMs: keptMs, keys});
      const writes: WriteOperation[] = [
        {type: 'put', key: ownerKeysKey(account), value},
        {type: 'put', key: sweepKey(keptMs, account), value: EMPTY},
      ];
      if (before !== undefined) writes.push(remove(sweepKey(before.untilMs, account)));
      await this.#store.write(writes);
      this.#remember(account, keptMs);
    });
  }

  async keysOf(account: SessionId): Promise<OwnerKeys | undefined> {
    return (await this.#read(account))?.keys;
  }

  /** Removes the keys unless something from `keepFromMs` on may need them, and the mark that led here. */
  async sweep(account: SessionId, mark: Uint8Array, keepFromMs: bigint): Promise<void> {
    await this.#lock.run([bytesToKey(account)], async () => {
      const kept = await this.#read(account);
      const writes = [remove(mark)];
      if (kept !== undefined && kept.untilMs <= keepFromMs) {
        this.#known.delete(bytesToKey(account));
        writes.push(remove(ownerKeysKey(account)));
      }
      await this.#store.write(writes);
    });
  }

  async #read(account: SessionId): Promise<ShelvedKeys | undefined> {
    const value = await this.#store.get(ownerKeysKey(account));
    return value === undefined ? undefined : decode(ShelvedKeys, value);
  }

  #remember(account: SessionId, keptMs: bigint): void {
    const name = bytesToKey(account);
    this.#known.delete(name);
    this.#known.set(name, keptMs);
    const [oldest] = this.#known.keys();
    if (this.#known.size > KNOWN_ACCOUNTS && oldest !== undefined) this.#known.delete(oldest);
  }
}
