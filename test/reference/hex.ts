/**
 * Bytes are lower-case hex text in the reference: equality, order and map keys are those of strings.
 * SPEC.md §1.
 */
export type Hex = string;

function uint(value: number | bigint, digits: number): Hex {
  const text = value.toString(16).padStart(digits, '0');
  if (text.length !== digits || text.startsWith('-'))
    throw new Error(`no u${digits * 4}: ${value}`);
  return text;
}

export const u8 = (value: number): Hex => uint(value, 2);
export const u16 = (value: number): Hex => uint(value, 4);
export const u32 = (value: number): Hex => uint(value, 8);
export const u64 = (value: number | bigint): Hex => uint(value, 16);
export const bool = (value: boolean): Hex => (value ? '01' : '00');

/** `bytes(max)`: u32 length, then the bytes. */
export const sized = (data: Hex): Hex => u32(data.length / 2) + data;

export function optional<T>(value: T | undefined, encode: (value: T) => Hex): Hex {
  return value === undefined ? '00' : `01${encode(value)}`;
}

/** `list(T, max)`: u32 count, then the items. */
export function list<T>(items: readonly T[], encode: (item: T) => Hex): Hex {
  return u32(items.length) + items.map(encode).join('');
}

export const same = (data: Hex): Hex => data;

export const ZERO_32: Hex = '0'.repeat(64);

/** Bit i, lowest first, of byte i // 8; undefined when the bytes end before it. */
export function bitAt(data: Hex, i: number): boolean | undefined {
  const at = 2 * Math.floor(i / 8);
  if (at >= data.length) return undefined;
  return ((Number.parseInt(data.slice(at, at + 2), 16) >> (i % 8)) & 1) === 1;
}

/** Order of bytes. */
export function compareHex(a: Hex, b: Hex): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
