import {type Codec, decode} from '../protocol/codec.ts';
import {CodecError} from '../protocol/errors.ts';
import {ChainStoreError} from './errors.ts';

/** A record of the chain's database. @throws ChainStoreError CHAIN_STORE_CORRUPT */
export function decodeStored<T>(codec: Codec<T>, bytes: Uint8Array): T {
  try {
    return decode(codec, bytes);
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    throw new ChainStoreError('CHAIN_STORE_CORRUPT', {what: codec.name}, {cause});
  }
}
