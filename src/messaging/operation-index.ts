import {taggedHash} from '../crypto/hash.ts';
import {
  concatBytes,
  equalBytes,
  type Hash,
  type NodeId,
  toNodeId,
  ZERO_HASH,
} from '../protocol/bytes.ts';
import {decode, encode, u64} from '../protocol/codec.ts';
import {HASH_TAG} from '../protocol/domains.ts';
import type {Span} from '../protocol/overlay/member-protocol.ts';
import {Stamp} from '../protocol/stored-record.ts';
import {type KeyRange, type KeyValueReader, prefixRange} from '../storage/kv.ts';
import {operationKey, PREFIX} from './key-space.ts';

/** Stamps that go into one step of a digest. */
const DIGEST_STEP = 1024;
const MAX_U64 = (1n << 64n) - 1n;
const FIRST_COORDINATOR = toNodeId(new Uint8Array(20));

function spanRange({fromMs, toMs}: Span, after?: Stamp): KeyRange {
  const first = {clockMs: fromMs, counter: 0, coordinator: FIRST_COORDINATOR};
  const gte =
    after === undefined ? operationKey(first) : concatBytes(operationKey(after), Uint8Array.of(0));
  if (toMs >= MAX_U64) return {...prefixRange(PREFIX.operation), gte};
  return {gte, lt: concatBytes(PREFIX.operation, encode(u64, toMs + 1n))};
}

/** Raw stamps of the operations in the span, in order. */
async function* rawStamps(
  reader: KeyValueReader,
  range: KeyRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const [key] of reader.iterate(range)) yield key.subarray(PREFIX.operation.length);
}

/**
 * Count and digest of the operations in a span: D_0 = 32 zero bytes, and for each 1 024 stamps (the
 * last group may be shorter) D = H(stamp-digest tag, D ‖ stamps). SPEC.md §15.7.
 * @throws the signal's reason
 */
export async function digestOf(
  reader: KeyValueReader,
  span: Span,
  signal?: AbortSignal,
): Promise<{readonly count: number; readonly digest: Hash}> {
  let count = 0;
  let digest: Hash = ZERO_HASH;
  let group: Uint8Array[] = [];
  const close = (): void => {
    if (group.length > 0) digest = taggedHash(HASH_TAG.stampDigest, digest, ...group);
    group = [];
  };
  for await (const stamp of rawStamps(reader, spanRange(span))) {
    group.push(stamp);
    count += 1;
    if (group.length < DIGEST_STEP) continue;
    signal?.throwIfAborted();
    close();
  }
  close();
  return {count, digest};
}

/** Stamps of the operations in a span after one, in order, at most `limit`. */
export async function listStamps(
  reader: KeyValueReader,
  span: Span,
  {after, limit}: {readonly after: Stamp | undefined; readonly limit: number},
): Promise<{readonly stamps: readonly Stamp[]; readonly more: boolean}> {
  const stamps: Stamp[] = [];
  for await (const raw of rawStamps(reader, spanRange(span, after))) {
    if (stamps.length >= limit) return {stamps, more: true};
    stamps.push(decode(Stamp, raw));
  }
  return {stamps, more: false};
}

/** The greatest stamp from an instant on, up to another one or this member's own: what it knew before it stopped. */
export async function greatestStamp(
  reader: KeyValueReader,
  nodeId: NodeId,
  {fromMs, toMs}: Span,
): Promise<Stamp | undefined> {
  let greatest: Stamp | undefined;
  const {lt} = prefixRange(PREFIX.operation);
  const gte = concatBytes(PREFIX.operation, encode(u64, fromMs));
  for await (const raw of rawStamps(reader, {gte, ...(lt === undefined ? {} : {lt})})) {
    const stamp = decode(Stamp, raw);
    if (stamp.clockMs <= toMs || equalBytes(stamp.coordinator, nodeId)) greatest = stamp;
  }
  return greatest;
}
