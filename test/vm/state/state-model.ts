import {createHash} from 'node:crypto';
import fc from 'fast-check';
import {bytesToHex, hexToBytes} from '../../../src/protocol/bytes.ts';

/** Key length by kind, so that no key is a prefix of another. */
const LENGTH_OF_KIND = new Map([
  [0, 2],
  [1, 9],
  [2, 21],
  [3, 64],
]);

/** Keys of few lengths: random ones, and ones that differ from a constant in a single bit. */
export const stateKey = fc.constantFrom(...LENGTH_OF_KIND).chain(([kind, length]) => {
  const random = fc.uint8Array({minLength: length - 1, maxLength: length - 1});
  const bit = fc.nat({max: (length - 1) * 8 - 1});
  const near = fc.tuple(fc.constantFrom(0x00, 0xff), bit).map(([fill, at]) => {
    const tail = new Uint8Array(length - 1).fill(fill);
    tail[at >> 3]! ^= 0x80 >> (at & 7);
    return tail;
  });
  return fc.oneof(random, near).map((tail) => Uint8Array.of(kind, ...tail));
});

export const stateValue = fc.uint8Array({maxLength: 6});

/** The n-th of a reproducible sequence of pseudo-random bytes. */
export function digestOf(n: number, label = ''): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`${label}${n}`).digest());
}

/** Kind byte and 20 pseudo-random bytes, as an account or a node has. */
export function numberedKey(n: number, kind = 1): Uint8Array {
  return Uint8Array.of(kind, ...digestOf(n, 'key').subarray(0, 20));
}

/** A plain map by hex: what the authenticated one must agree with. */
export type Model = ReadonlyMap<string, Uint8Array>;

export function sortedEntries(model: Model, prefix = ''): [Uint8Array, Uint8Array][] {
  return [...model]
    .filter(([key]) => key.startsWith(prefix))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => [hexToBytes(key), value]);
}

function tagged(tag: string, ...parts: Uint8Array[]): Uint8Array {
  const hash = createHash('sha256').update(Uint8Array.of(tag.length)).update(tag);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);
const bits = (key: Uint8Array): string =>
  [...key].map((b) => b.toString(2).padStart(8, '0')).join('');

/** The definition of the root, word for word, without any trie. */
export function naiveRoot(entries: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array {
  const [first] = entries;
  if (first === undefined) return new Uint8Array(32);
  if (entries.length === 1) {
    const [key, value] = first;
    const valueHash = new Uint8Array(createHash('sha256').update(value).digest());
    return tagged('lux/session/state-leaf/v1', u16(key.length), key, valueHash);
  }
  const texts = entries.map(([key]) => bits(key));
  let bitIndex = 0;
  while (texts.every((text) => text[bitIndex] === texts[0]![bitIndex])) bitIndex++;
  const side = (bit: string) => entries.filter((_, i) => texts[i]![bitIndex] === bit);
  const [left, right] = [naiveRoot(side('0')), naiveRoot(side('1'))];
  return tagged('lux/session/state-node/v1', u16(bitIndex), left, right);
}

export function naiveRootOf(model: Model): string {
  return bytesToHex(naiveRoot(sortedEntries(model)));
}
