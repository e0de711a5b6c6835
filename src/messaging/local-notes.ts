import {concatBytes, utf8ToBytes} from '../protocol/bytes.ts';
import {type Codec, decode} from '../protocol/codec.ts';
import {CodecError} from '../protocol/errors.ts';
import type {KeyValueReader} from '../storage/kv.ts';
import {PREFIX} from './key-space.ts';

/** Where a member's own notes lie. SPEC.md §13.2. */
export const noteKey = (name: string): Uint8Array => concatBytes(PREFIX.local, utf8ToBytes(name));

/** A note of this node; one of an earlier version says nothing, and is written anew. */
export async function currentNote<T>(
  store: KeyValueReader,
  key: Uint8Array,
  codec: Codec<T>,
): Promise<T | undefined> {
  const value = await store.get(key);
  if (value === undefined) return undefined;
  try {
    return decode(codec, value);
  } catch (error) {
    if (error instanceof CodecError && error.code === 'CODEC_UNKNOWN_VERSION') return undefined;
    throw error;
  }
}
