import {BytePool} from '../../protocol/byte-pool.ts';
import {type Codec, decodeKept, encode} from '../../protocol/codec.ts';
import {InvariantError} from '../../protocol/errors.ts';
import type {StateReader, StateWriter} from './view.ts';

/** Where the bytes of state records come from. */
export const recordBytes = new BytePool();

export function getRecord<T>(state: StateReader, key: Uint8Array, codec: Codec<T>): T | undefined {
  const value = state.get(key);
  return value === undefined ? undefined : decodeKept(codec, value);
}

/** For records that exist by construction: absence is a bug. */
export function requireRecord<T>(state: StateReader, key: Uint8Array, codec: Codec<T>): T {
  const record = getRecord(state, key, codec);
  if (record === undefined) throw new InvariantError('state record missing', {type: codec.name});
  return record;
}

export function putRecord<T>(
  state: StateWriter,
  key: Uint8Array,
  codec: Codec<T>,
  record: T,
): void {
  state.put(key, encode(codec, record, recordBytes));
}
