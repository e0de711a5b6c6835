import {bytesToKey, compareBytes, toHash, toNodeId} from '../protocol/bytes.ts';
import {
  type CodecValue,
  decode,
  encode,
  fixed,
  list,
  optional,
  struct,
  u64,
  versioned,
} from '../protocol/codec.ts';
import {Cursor} from '../protocol/overlay/client-protocol.ts';

/** A stamp may become visible this much later than a greater one, in ms. Design §9. */
export const OVERLAP_MS = 20_000n;
/**
 * Ids are remembered for this much longer, in ms: a message that its sender gave to a second member, when
 * the first was silent, has a greater stamp where only the second's is known.
 */
const SECOND_STAMP_MS = 20_000n;
/** Ids that are remembered at most: those beyond are the oldest. */
const MAX_SEEN = 20_000;

const SeenId = struct('SeenId', {id: fixed(toHash), clockMs: u64});

/** Where a reader stands in one inbox and namespace, as it is kept between runs. SPEC.md §16. */
export const ReaderRecord = versioned(
  0,
  struct('ReaderRecord', {
    /** The greatest record that was shown. */
    cursor: optional(Cursor),
    seen: list(SeenId, {maxLength: MAX_SEEN}),
  }),
);
export type ReaderRecord = CodecValue<typeof ReaderRecord>;

const FIRST_ID = toHash(new Uint8Array(32));
const FIRST_NODE = toNodeId(new Uint8Array(20));

/**
 * Reading on without gaps and without repeats: each read begins 20 s before the greatest stamp that
 * was shown, and what was shown is left out.
 */
export class ReaderState {
  #cursor: Cursor | undefined;
  readonly #seen = new Map<string, bigint>();

  constructor(bytes?: Uint8Array) {
    if (bytes === undefined) return;
    const {cursor, seen} = decode(ReaderRecord, bytes);
    this.#cursor = cursor;
    for (const {id, clockMs} of seen) this.#seen.set(bytesToKey(id), clockMs);
  }

  /** Where a read begins; undefined: from the oldest record. */
  get start(): Cursor | undefined {
    if (this.#cursor === undefined) return undefined;
    const {stamp} = this.#cursor;
    const clockMs = stamp.clockMs > OVERLAP_MS ? stamp.clockMs - OVERLAP_MS : 0n;
    return {stamp: {clockMs, counter: 0, coordinator: FIRST_NODE}, id: FIRST_ID};
  }

  /** Notes a record; false when it was shown before. */
  show({stamp, id}: Cursor): boolean {
    const name = bytesToKey(id);
    const isNew = !this.#seen.has(name);
    this.#remember(name, stamp.clockMs);
    const place = encode(Cursor, {stamp, id});
    const isLater =
      this.#cursor === undefined || compareBytes(place, encode(Cursor, this.#cursor)) > 0;
    if (isLater) this.#cursor = {stamp, id};
    this.#forget();
    return isNew;
  }

  /** By the greatest stamp under which it came. */
  #remember(name: string, clockMs: bigint): void {
    const before = this.#seen.get(name);
    if (before !== undefined && before >= clockMs) return;
    this.#seen.delete(name);
    this.#seen.set(name, clockMs);
  }

  /** What lies before the overlap cannot come again, unless it has a second stamp. */
  #forget(): void {
    const fromMs = this.start?.stamp.clockMs ?? 0n;
    for (const [name, clockMs] of this.#seen) {
      if (clockMs + SECOND_STAMP_MS >= fromMs && this.#seen.size <= MAX_SEEN) break;
      this.#seen.delete(name);
    }
  }

  encode(): Uint8Array {
    const seen = [...this.#seen].map(([name, clockMs]) => ({id: keyToHash(name), clockMs}));
    return encode(ReaderRecord, {cursor: this.#cursor, seen});
  }
}

const keyToHash = (name: string) =>
  toHash(Uint8Array.from(name, (character) => character.charCodeAt(0)));
