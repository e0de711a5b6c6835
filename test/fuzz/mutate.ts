import type {Random} from './random.ts';

type Edit = (bytes: Uint8Array, random: Random) => Uint8Array;

const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

/** Numbers that lengths and counts break on. */
const HOSTILE = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

const EDITS: readonly Edit[] = [
  function flipBit(bytes, random) {
    const changed = bytes.slice();
    if (bytes.length > 0) changed[random.below(bytes.length)]! ^= 1 << random.below(8);
    return changed;
  },
  function setByte(bytes, random) {
    const changed = bytes.slice();
    if (bytes.length > 0) changed[random.below(bytes.length)] = random.u32() & 0xff;
    return changed;
  },
  function truncate(bytes, random) {
    return bytes.slice(0, random.below(bytes.length + 1));
  },
  function extend(bytes, random) {
    return join(bytes, random.bytes(1 + random.below(8)));
  },
  function cutOut(bytes, random) {
    const from = random.below(bytes.length + 1);
    return join(bytes.subarray(0, from), bytes.subarray(from + 1 + random.below(8)));
  },
  function doubled(bytes, random) {
    const from = random.below(bytes.length + 1);
    const part = bytes.subarray(from, from + random.below(64));
    return join(bytes.subarray(0, from), part, bytes.subarray(from));
  },
  function hostileNumber(bytes, random) {
    if (bytes.length < 4) return bytes.slice();
    const changed = bytes.slice();
    const view = new DataView(changed.buffer);
    view.setUint32(random.below(bytes.length - 3), random.pick(HOSTILE));
    return changed;
  },
];

/** One to three edits of a valid encoding. */
export function mutate(valid: Uint8Array, random: Random): Uint8Array {
  let bytes = valid;
  for (let edits = 1 + random.below(3); edits > 0; edits--)
    bytes = random.pick(EDITS)(bytes, random);
  return bytes;
}
