import {type Branded, branded, type TxId} from '../../protocol/bytes.ts';
import {bytes, type CodecValue, fixed, struct} from '../../protocol/codec.ts';

export const toFilterSalt = branded('FilterSalt', 16);
export type FilterSalt = Branded<'FilterSalt'>;

/** Room for 26 000 ids: more than a mempool holds. */
export const MAX_FILTER_BYTES = 32_768;
const MIN_FILTER_BYTES = 8;
/** With seven probes about 1 % of all other ids seem to be in; the next salt gets another 1 %. */
const BITS_PER_ID = 10;
const PROBES = 7;

/** A Bloom filter of transaction ids: what its sender has. SPEC.md §12. */
export const TxFilter = struct('TxFilter', {
  /** Drawn anew each time, so that nobody can make a transaction that the next filter hides. */
  salt: fixed(toFilterSalt),
  bits: bytes({maxLength: MAX_FILTER_BYTES}),
});
export type TxFilter = CodecValue<typeof TxFilter>;

/** Spreads 32 bits over 32 bits: the finalizer of MurmurHash3. */
function mix32(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array(bytes.length / 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < words.length; i++) words[i] = view.getUint32(4 * i);
  return words;
}

/** Finds the bits of ids. They are hashes already: their words are mixed with the salt, not hashed. */
class BitFinder {
  /** Where the last id's bits are. */
  readonly found = new Uint32Array(PROBES);
  readonly #salt: Uint32Array;
  readonly #bits: number;

  constructor(salt: FilterSalt, bytes: number) {
    this.#salt = wordsOf(salt);
    this.#bits = bytes * 8;
  }

  find(id: TxId): Uint32Array {
    const words = wordsOf(id);
    const salt = this.#salt;
    for (let i = 0; i < PROBES; i++) {
      const first = mix32((words[i] ?? 0) ^ (salt[i % 4] ?? 0));
      const mixed = mix32(first ^ (words[i + 1] ?? 0) ^ (salt[(i + 1) % 4] ?? 0));
      this.found[i] = mixed % this.#bits;
    }
    return this.found;
  }
}

/** A filter that holds these ids. */
export function createTxFilter(ids: readonly TxId[], salt: FilterSalt): TxFilter {
  const wanted = Math.ceil((ids.length * BITS_PER_ID) / 8);
  const bits = new Uint8Array(Math.min(Math.max(wanted, MIN_FILTER_BYTES), MAX_FILTER_BYTES));
  const finder = new BitFinder(salt, bits.length);
  for (const id of ids) {
    for (const bit of finder.find(id)) bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return {salt, bits};
}

/** Whether each id is in a filter: never wrong about one that is, rarely about one that is not. */
export function txFilterTest({salt, bits}: TxFilter): (id: TxId) => boolean {
  if (bits.length === 0) return () => false;
  const finder = new BitFinder(salt, bits.length);
  return (id) => {
    for (const bit of finder.find(id)) {
      if (((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  };
}
