import {type Hash, toSessionId} from '../protocol/bytes.ts';
import {encode, fixed, i16, struct} from '../protocol/codec.ts';
import {HASH_TAG} from '../protocol/domains.ts';
import type {InboxRef} from '../protocol/overlay/namespaces.ts';
import {createKeyedBlake3, taggedHash} from './hash.ts';

const KEY = taggedHash(HASH_TAG.messageId);

const MessagePlace = struct('MessagePlace', {account: fixed(toSessionId), namespace: i16});

/**
 * Name of a message: BLAKE3 keyed by SHA-256 of the tag, over account, namespace and the sealed
 * bytes. Neither time nor lifetime is in it, so the same bytes are one message. SPEC.md §15.5.
 */
export function messageIdOf(inbox: InboxRef, data: Uint8Array): Hash {
  const hasher = createKeyedBlake3(KEY);
  hasher.update(encode(MessagePlace, inbox));
  hasher.update(data);
  return hasher.digest();
}
