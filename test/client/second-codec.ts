import {sha256} from '@noble/hashes/sha2.js';

/**
 * SPEC.md §1 and §2 a second time, from their tables, one way: nothing of src/. A value, as the vectors
 * show it (bytes as hex, u64 as decimal text, absent as null), and its bytes are made together.
 */
export type Piece = {readonly value: unknown; readonly bytes: Uint8Array};

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'ascii'));
export const join = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(parts));

function bigEndian(size: number, value: bigint): Uint8Array {
  const digits = BigInt.asUintN(8 * size, value)
    .toString(16)
    .padStart(2 * size, '0');
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

const number =
  (size: number) =>
  (value: number): Piece => ({value, bytes: bigEndian(size, BigInt(value))});
export const u8 = number(1);
export const u16 = number(2);
export const i16 = number(2);
export const u32 = number(4);
export const u64 = (value: bigint): Piece => ({
  value: value.toString(),
  bytes: bigEndian(8, value),
});
export const bool = (value: boolean): Piece => ({value, bytes: Uint8Array.of(value ? 1 : 0)});

/** Longer ones by their hash: they stand whole in the bytes of the vector. */
export const shown = (bytes: Uint8Array): string =>
  bytes.length > 64 ? `sha256:${hex(sha256(bytes))}` : hex(bytes);

/** Without a length. */
export const fixed = (bytes: Uint8Array): Piece => ({value: shown(bytes), bytes});
export const blob = (bytes: Uint8Array): Piece => ({
  value: shown(bytes),
  bytes: join(u32(bytes.length).bytes, bytes),
});
export const utf8 = (text: string): Piece => ({
  value: text,
  bytes: blob(Uint8Array.from(Buffer.from(text, 'utf8'))).bytes,
});
/** The first bytes of a file: they carry no value. */
export const magic = (text: string): Piece => ({value: null, bytes: ascii(text)});

export const list = (...items: readonly Piece[]): Piece => ({
  value: items.map(({value}) => value),
  bytes: join(u32(items.length).bytes, ...items.map(({bytes}) => bytes)),
});
export const maybe = (piece?: Piece): Piece =>
  piece === undefined
    ? {value: null, bytes: Uint8Array.of(0)}
    : {value: piece.value, bytes: join(Uint8Array.of(1), piece.bytes)};
export const struct = (fields: Readonly<Record<string, Piece>>): Piece => ({
  value: Object.fromEntries(Object.entries(fields).map(([name, {value}]) => [name, value])),
  bytes: join(...Object.values(fields).map(({bytes}) => bytes)),
});
export const variant = (typeId: number, type: string, piece: Piece): Piece => ({
  value: {type, value: piece.value},
  bytes: join(u32(typeId).bytes, piece.bytes),
});
export const versioned = (version: number, piece: Piece): Piece => ({
  value: piece.value,
  bytes: join(u16(version).bytes, piece.bytes),
});

/** H of §2. */
export const tagged = (tag: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  sha256(join(Uint8Array.of(tag.length), ascii(tag), ...parts));

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

export function base58(bytes: Uint8Array): string {
  let text = '';
  for (let rest = BigInt(`0x0${hex(bytes)}`); rest > 0n; rest /= 58n) {
    text = BASE58.charAt(Number(rest % 58n)) + text;
  }
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return '1'.repeat(zeros === -1 ? bytes.length : zeros) + text;
}

export const cb58 = (bytes: Uint8Array): string => base58(join(bytes, sha256(bytes).subarray(-4)));
