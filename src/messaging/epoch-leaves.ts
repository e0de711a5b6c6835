import {bytesToKey, compareBytes, concatBytes, equalBytes} from '../protocol/bytes.ts';
import {decode, encode, optional, u64} from '../protocol/codec.ts';
import {RecordKey, SetEntry, SetLeaf} from '../protocol/stored-record.ts';
import {type KeyValueReader, prefixRange, type WriteOperation} from '../storage/kv.ts';
import {PREFIX, placesRange} from './key-space.ts';
import {leavesAt, type SwarmPlace} from './record-space.ts';

/** One epoch's set: its number, its cut-off T_e, Unix ms, and whose inboxes it holds (absent: all). */
export type EpochCut = {
  readonly epoch: bigint;
  readonly cutOffMs: bigint;
  readonly place?: SwarmPlace;
};

/** Which of its leaves: those behind one, or all. */
export type LeavesFrom = {readonly after?: RecordKey | undefined};

/** What the set of one epoch says of a place instead of the own records; undefined: nothing. */
const Override = optional(SetEntry);

type Overridden = {readonly key: RecordKey; readonly entry: SetEntry | undefined};

const epochPrefix = (epoch: bigint): Uint8Array => concatBytes(PREFIX.override, encode(u64, epoch));

async function* overridesOf(
  reader: KeyValueReader,
  epoch: bigint,
  {after}: LeavesFrom,
): AsyncGenerator<Overridden, void, undefined> {
  const prefix = epochPrefix(epoch);
  for await (const [rawKey, value] of reader.iterate(placesRange(prefix, after))) {
    const key = decode(RecordKey, rawKey.subarray(prefix.length));
    yield {key, entry: decode(Override, value)};
  }
}

async function hasOverrides(reader: KeyValueReader, epoch: bigint): Promise<boolean> {
  for await (const _ of reader.iterate(prefixRange(epochPrefix(epoch)))) return true;
  return false;
}

const bytesOf = (key: RecordKey): Uint8Array => encode(RecordKey, key);

/** Two walks in key order as one; where both have a place, the second counts. */
async function* merged(
  first: AsyncIterable<Overridden>,
  second: AsyncIterable<Overridden>,
): AsyncGenerator<Overridden, void, undefined> {
  const [left, right] = [first[Symbol.asyncIterator](), second[Symbol.asyncIterator]()];
  try {
    let [a, b] = [await left.next(), await right.next()];
    while (a.done !== true || b.done !== true) {
      const order = compare(
        a.done === true ? undefined : a.value,
        b.done === true ? undefined : b.value,
      );
      const next = order < 0 ? a : b;
      if (next.done !== true) yield next.value;
      if (order <= 0) a = await left.next();
      if (order >= 0) b = await right.next();
    }
  } finally {
    await left.return?.();
    await right.return?.();
  }
}

function compare(a: Overridden | undefined, b: Overridden | undefined): number {
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return compareBytes(bytesOf(a.key), bytesOf(b.key));
}

/**
 * Set_e as this member means it: its own records at the cut-off, but where it has moved to the set
 * of a majority, that one. In key order.
 */
export async function* leavesOfEpoch(
  reader: KeyValueReader,
  {epoch, cutOffMs, ...scope}: EpochCut,
  from: LeavesFrom = {},
): AsyncGenerator<SetLeaf, void, undefined> {
  const own = leavesAt(reader, cutOffMs, {...scope, ...from});
  // PERF: a member agrees with the majority as a rule, and to walk two as one takes its time.
  if (!(await hasOverrides(reader, epoch))) return yield* own;
  for await (const {key, entry} of merged(own, overridesOf(reader, epoch, from))) {
    if (entry !== undefined) yield {key, entry};
  }
}

/** The writes that make this epoch's set the given one: in key order, as another member listed it. */
export async function overrideWrites(
  reader: KeyValueReader,
  {epoch, cutOffMs, ...scope}: EpochCut,
  target: readonly SetLeaf[],
): Promise<readonly WriteOperation[]> {
  const prefix = epochPrefix(epoch);
  const wanted = new Map(target.map((leaf) => [bytesToKey(bytesOf(leaf.key)), leaf]));
  const writes: WriteOperation[] = [];
  const write = (key: RecordKey, entry: SetEntry | undefined): void => {
    const value = encode(Override, entry);
    writes.push({type: 'put', key: concatBytes(prefix, bytesOf(key)), value});
  };
  for await (const own of leavesAt(reader, cutOffMs, scope)) {
    const name = bytesToKey(bytesOf(own.key));
    const leaf = wanted.get(name);
    wanted.delete(name);
    if (leaf === undefined) write(own.key, undefined);
    else if (!equalBytes(encode(SetLeaf, leaf), encode(SetLeaf, own))) write(leaf.key, leaf.entry);
  }
  for (const {key, entry} of wanted.values()) write(key, entry);
  return writes;
}

/** The writes that forget where one epoch's set differs, or those of all epochs before it. */
export async function forgetWrites(
  reader: KeyValueReader,
  epoch: bigint,
  {before}: {readonly before: boolean},
): Promise<readonly WriteOperation[]> {
  const range = before
    ? {gte: PREFIX.override, lt: epochPrefix(epoch)}
    : prefixRange(epochPrefix(epoch));
  const writes: WriteOperation[] = [];
  for await (const [key] of reader.iterate(range)) writes.push({type: 'delete', key});
  return writes;
}
