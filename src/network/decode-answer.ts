import {type Codec, decodeKept} from '../protocol/codec.ts';
import {CodecError} from '../protocol/errors.ts';
import {NetworkError} from './errors.ts';

/** @throws NetworkError NETWORK_BAD_ANSWER */
export function decodeAnswer<T>(codec: Codec<T>, body: Uint8Array, peerId: string): T {
  try {
    return decodeKept(codec, body);
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    throw new NetworkError('NETWORK_BAD_ANSWER', {peerId, problem: cause.code}, {cause});
  }
}
