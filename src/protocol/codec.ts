import type {BytePool} from './byte-pool.ts';
import type {BytesConstructor} from './bytes.ts';
import {CodecError, InvariantError} from './errors.ts';
import {Reader} from './reader.ts';
import {borrowWriter, giveBackWriter, type Writer} from './writer.ts';

/**
 * One type on the wire: big-endian, fields in source order, exactly one byte string per value.
 * `maxSize` is the length of the longest encoding, in bytes.
 */
export type Codec<T> = {
  readonly name: string;
  readonly maxSize: number;
  read(from: Reader): T;
  write(to: Writer, value: T): void;
};

/** The TypeScript type that a codec encodes. */
export type CodecValue<C> = C extends Codec<infer T> ? T : never;

/**
 * @param pool where the bytes come from; memory of their own unless given
 * @throws CodecError CODEC_OUT_OF_RANGE or CODEC_LENGTH_LIMIT when the value does not fit its type.
 */
export function encode<T>(codec: Codec<T>, value: T, pool?: BytePool): Uint8Array {
  const writer = borrowWriter();
  try {
    codec.write(writer, value);
    return writer.finish(pool);
  } finally {
    giveBackWriter(writer);
  }
}

/**
 * Strict: the whole input is one value, and no other bytes decode to it.
 * @throws CodecError for anything else.
 */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  return decodeFrom(codec, bytes, new Reader(bytes));
}

/** As decode, of bytes that never change and are kept anyway: the value may have views of them. */
export function decodeKept<T>(codec: Codec<T>, bytes: Uint8Array): T {
  return decodeFrom(codec, bytes, new Reader(bytes, true));
}

function decodeFrom<T>(codec: Codec<T>, bytes: Uint8Array, reader: Reader): T {
  if (bytes.length > codec.maxSize) {
    throw new CodecError('CODEC_LENGTH_LIMIT', {
      type: codec.name,
      limit: codec.maxSize,
      found: bytes.length,
    });
  }
  const value = codec.read(reader);
  if (reader.remaining !== 0) {
    throw new CodecError('CODEC_TRAILING_BYTES', {type: codec.name, count: reader.remaining});
  }
  return value;
}

function integer(
  name: string,
  min: number,
  max: number,
  size: number,
): Omit<Codec<number>, 'read' | 'write'> & {check(value: number): number} {
  return {
    name,
    maxSize: size,
    check(value) {
      if (!Number.isInteger(value) || value < min || value > max) {
        throw new CodecError('CODEC_OUT_OF_RANGE', {type: name, value});
      }
      return value;
    },
  };
}

const U8 = integer('u8', 0, 0xff, 1);
const U16 = integer('u16', 0, 0xffff, 2);
const U32 = integer('u32', 0, 0xffffffff, 4);
const I16 = integer('i16', -0x8000, 0x7fff, 2);
const U64_MAX = (1n << 64n) - 1n;

export const u8: Codec<number> = {
  name: 'u8',
  maxSize: 1,
  read: (from) => from.u8(),
  write: (to, value) => to.u8(U8.check(value)),
};

export const u16: Codec<number> = {
  name: 'u16',
  maxSize: 2,
  read: (from) => from.u16(),
  write: (to, value) => to.u16(U16.check(value)),
};

export const i16: Codec<number> = {
  name: 'i16',
  maxSize: 2,
  read: (from) => from.i16(),
  write: (to, value) => to.i16(I16.check(value)),
};

export const u32: Codec<number> = {
  name: 'u32',
  maxSize: 4,
  read: (from) => from.u32(),
  write: (to, value) => to.u32(U32.check(value)),
};

/** 0 … 2^64 − 1, always a bigint. */
export const u64: Codec<bigint> = {
  name: 'u64',
  maxSize: 8,
  read: (from) => from.u64(),
  write(to, value) {
    if (value < 0n || value > U64_MAX) {
      throw new CodecError('CODEC_OUT_OF_RANGE', {type: 'u64', value});
    }
    to.u64(value);
  },
};

/** One byte, 0 or 1; any other value fails. */
export const bool: Codec<boolean> = {
  name: 'bool',
  maxSize: 1,
  read(from) {
    const value = from.u8();
    if (value > 1) throw new CodecError('CODEC_OUT_OF_RANGE', {type: 'bool', value});
    return value === 1;
  },
  write: (to, value) => to.u8(value ? 1 : 0),
};

/** Bytes of a fixed length, without a length field. */
export function fixed<T extends Uint8Array>(construct: BytesConstructor<T>): Codec<T> {
  return {
    name: construct.typeName,
    maxSize: construct.byteLength,
    read: (from) => construct(from.bytes(construct.byteLength)),
    write: (to, value) => to.bytes(construct(value)),
  };
}

/** u32 length, then that many bytes. */
export function bytes({maxLength}: {readonly maxLength: number}): Codec<Uint8Array> {
  const check = (length: number): number => {
    if (length > maxLength) {
      throw new CodecError('CODEC_LENGTH_LIMIT', {type: 'bytes', limit: maxLength, found: length});
    }
    return length;
  };
  return {
    name: 'bytes',
    maxSize: 4 + maxLength,
    read: (from) => from.bytes(check(from.u32())),
    write(to, value) {
      to.u32(check(value.length));
      to.bytes(value);
    },
  };
}

const textDecoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
const textEncoder = new TextEncoder();

/** u32 length, then valid UTF-8 of at most `maxLength` bytes. */
export function utf8({maxLength}: {readonly maxLength: number}): Codec<string> {
  const inner = bytes({maxLength});
  return {
    name: 'utf8',
    maxSize: inner.maxSize,
    read(from) {
      const encoded = inner.read(from);
      try {
        return textDecoder.decode(encoded);
      } catch (cause) {
        throw new CodecError('CODEC_BAD_TEXT', {expected: 'utf-8'}, {cause});
      }
    },
    write(to, value) {
      if (!value.isWellFormed()) throw new CodecError('CODEC_BAD_TEXT', {expected: 'utf-8'});
      inner.write(to, textEncoder.encode(value));
    },
  };
}

/** u32 count, then the items. */
export function list<T>(item: Codec<T>, {maxLength}: {readonly maxLength: number}): Codec<T[]> {
  const check = (length: number): number => {
    if (length > maxLength) {
      throw new CodecError('CODEC_LENGTH_LIMIT', {type: 'list', limit: maxLength, found: length});
    }
    return length;
  };
  return {
    name: `list of ${item.name}`,
    maxSize: 4 + maxLength * item.maxSize,
    read(from) {
      const length = check(from.u32());
      const items: T[] = [];
      for (let i = 0; i < length; i++) items.push(item.read(from));
      return items;
    },
    write(to, value) {
      to.u32(check(value.length));
      for (const entry of value) item.write(to, entry);
    },
  };
}

/** One byte 0 (absent) or 1, then the value. */
export function optional<T>(inner: Codec<T>): Codec<T | undefined> {
  return {
    name: `optional ${inner.name}`,
    maxSize: 1 + inner.maxSize,
    read: (from) => (bool.read(from) ? inner.read(from) : undefined),
    write(to, value) {
      bool.write(to, value !== undefined);
      if (value !== undefined) inner.write(to, value);
    },
  };
}

/** A number that must be one of the values of `values`; `names` maps them for the reader. */
export function oneOf<T extends number>(name: string, values: readonly T[]): Codec<T> {
  const isKnown = (value: number): value is T => (values as readonly number[]).includes(value);
  const check = (value: number): T => {
    if (!isKnown(value)) throw new CodecError('CODEC_OUT_OF_RANGE', {type: name, value});
    return value;
  };
  return {
    name,
    maxSize: 1,
    read: (from) => check(from.u8()),
    write: (to, value) => to.u8(check(value)),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a struct holds codecs of any type; the values are derived below.
type AnyFields = Readonly<Record<string, Codec<any>>>;
type StructValue<F> = {readonly [K in keyof F]: CodecValue<F[K]>};

/**
 * Makes objects that have these keys already. An object that grows key by key ends as a hash table
 * when it has many; a copy of one that was parsed is laid out as written source would be.
 */
function shapeOf(keys: readonly string[]): () => Record<string, unknown> {
  const text = `{${keys.map((key) => `${JSON.stringify(key)}:0`).join(',')}}`;
  const template: Record<string, unknown> = JSON.parse(text);
  return () => ({...template});
}

/** Fields in source order, no padding. */
export function struct<F extends AnyFields>(name: string, fields: F): Codec<StructValue<F>> {
  const entries = Object.entries(fields);
  const maxSize = entries.reduce((sum, [, field]) => sum + field.maxSize, 0);
  const members = entries.map(([key, codec]) => ({key, codec}));
  const shaped = shapeOf(entries.map(([key]) => key));
  return {
    name,
    maxSize,
    read(from) {
      const value = shaped();
      // PERF: taking pairs apart costs a third of the rest.
      for (const member of members) value[member.key] = member.codec.read(from);
      return value as StructValue<F>;
    },
    write(to, value) {
      const record = value as Record<string, never>;
      for (const member of members) member.codec.write(to, record[member.key]);
    },
  };
}

/** One row of a union: its number on the wire and its codec. */
export type Variant<T> = {readonly typeId: number; readonly codec: Codec<T>};
type VariantValue<V> = V extends Variant<infer T> ? T : never;
// biome-ignore lint/suspicious/noExplicitAny: see AnyFields.
type AnyVariants = Readonly<Record<string, Variant<any>>>;
type UnionValue<V> = {
  [K in keyof V]: {readonly type: K; readonly value: VariantValue<V[K]>};
}[keyof V];

/** u32 type id, then the variant of that id. Ids are append-only. */
export function union<V extends AnyVariants>(name: string, variants: V): Codec<UnionValue<V>> {
  const byId = new Map<number, readonly [string, Codec<unknown>]>();
  let widest = 0;
  for (const [type, variant] of Object.entries(variants)) {
    if (byId.has(variant.typeId)) throw new InvariantError('two variants share a type id', {name});
    byId.set(variant.typeId, [type, variant.codec]);
    widest = Math.max(widest, variant.codec.maxSize);
  }
  return {
    name,
    maxSize: 4 + widest,
    read(from) {
      const typeId = from.u32();
      const variant = byId.get(typeId);
      if (variant === undefined) {
        throw new CodecError('CODEC_UNKNOWN_TYPE', {type: name, typeId});
      }
      return {type: variant[0], value: variant[1].read(from)} as UnionValue<V>;
    },
    write(to, {type, value}) {
      const variant = variants[type];
      if (variant === undefined) throw new InvariantError('unknown variant', {name});
      to.u32(variant.typeId);
      variant.codec.write(to, value);
    },
  };
}

/** u16 codec version, then the value. Another version is an error, never a guess. */
export function versioned<T>(version: number, inner: Codec<T>): Codec<T> {
  return {
    name: inner.name,
    maxSize: 2 + inner.maxSize,
    read(from) {
      const found = from.u16();
      if (found !== version) {
        throw new CodecError('CODEC_UNKNOWN_VERSION', {type: inner.name, found, expected: version});
      }
      return inner.read(from);
    },
    write(to, value) {
      to.u16(version);
      inner.write(to, value);
    },
  };
}

/** The same bytes under a tighter bound: a whole value may be shorter than its parts allow. */
export function limited<T>(maxSize: number, inner: Codec<T>): Codec<T> {
  return {...inner, maxSize: Math.min(maxSize, inner.maxSize)};
}
