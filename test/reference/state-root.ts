import type {Entries} from './encode-state.ts';
import {sha256, tagged} from './hash.ts';
import {type Hex, u16, ZERO_32} from './hex.ts';

type Item = {readonly key: Hex; readonly bits: string; readonly value: Hex};

const bitsOf = (key: Hex): string =>
  [...Buffer.from(key, 'hex')].map((byte) => byte.toString(2).padStart(8, '0')).join('');

function hashOf(items: readonly Item[], from: number): Hex {
  const [first] = items;
  if (first === undefined) return ZERO_32;
  if (items.length === 1) {
    const {key, value} = first;
    return tagged('stateLeaf', u16(key.length / 2) + key + sha256(value));
  }
  let b = from;
  while (items.every(({bits}) => bits[b] === first.bits[b])) b++;
  const left = hashOf(
    items.filter(({bits}) => bits[b] === '0'),
    b + 1,
  );
  const right = hashOf(
    items.filter(({bits}) => bits[b] === '1'),
    b + 1,
  );
  return tagged('stateNode', u16(b) + left + right);
}

/** The root of a whole state, from its entries alone. SPEC.md §8.2. */
export function stateRoot(entries: Entries): Hex {
  const items = [...entries].map(([key, value]) => ({key, bits: bitsOf(key), value}));
  return hashOf(items, 0);
}
