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

const viewOf = ({buffer, byteOffset, byteLength}: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** Calls `visit` with each bit of an id until it says stop. Ids are hashes: their words are mixed, not hashed. */
function everyBit(
  {salt, bits}: {readonly salt: DataView; readonly bits: number},
  id: TxId,
  visit: (bit: number) => boolean,
): boolean {
  const words = viewOf(id);
  for (let probe = 0; probe < PROBES; probe++) {
    const first = mix32(words.getUint32(4 * probe) ^ salt.getUint32(4 * (probe % 4)));
    const mixed = mix32(
      first ^ words.getUint32(4 * probe + 4) ^ salt.getUint32(4 * ((probe + 1) % 4)),
    );
    if (!visit(mixed % bits)) return false;
  }
  return true;
}

/** A filter that holds these ids. */
export function createTxFilter(ids: readonly TxId[], salt: FilterSalt): TxFilter {
  const wanted = Math.ceil((ids.length * BITS_PER_ID) / 8);
  const bits = new Uint8Array(Math.min(Math.max(wanted, MIN_FILTER_BYTES), MAX_FILTER_BYTES));
  const key = {salt: viewOf(salt), bits: bits.length * 8};
  for (const id of ids) {
    everyBit(key, id, (bit) => {
      bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
      return true;
    });
  }
  return {salt, bits};
}

/** Whether each id is in a filter: never wrong about one that is, rarely about one that is not. */
export function txFilterTest({salt, bits}: TxFilter): (id: TxId) => boolean {
  if (bits.length === 0) return () => false;
  const key = {salt: viewOf(salt), bits: bits.length * 8};
  return (id) => everyBit(key, id, (bit) => ((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0);
}
