import {idFromString, idToString, nodeIdToString} from '../crypto/ids.ts';
import {type NodeId, toHash} from '../protocol/bytes.ts';
import {CodecError} from '../protocol/errors.ts';
import {base64ToBytes} from './base64.ts';
import {badResponse, shape, text} from './check.ts';

/** How the key chain is asked for one key: by its CB58 id, or by the name it was registered under. */
export type KeyRef = {readonly id: string} | {readonly name: string};

/** A key as the key chain has it. */
export type KeyRecord = {
  /** As in `ml-kem-768`. */
  readonly algorithm: string;
  readonly publicKey: Uint8Array;
  /** `active` or `revoked`, as far as is known. */
  readonly status: string;
};

/** The name under which a node's transport key is looked for unless its operator says another. */
export function defaultKeyName(nodeId: NodeId): string {
  return `sessionvm/${nodeIdToString(nodeId)}`;
}

/** CB58 of 32 bytes is an id, anything else a name. */
export function keyRefOf(reference: string): KeyRef {
  try {
    return {id: idToString(toHash(idFromString(reference)))};
  } catch (error) {
    if (error instanceof CodecError) return {name: reference};
    throw error;
  }
}

type Answer = {
  readonly id: string;
  readonly name: string;
  readonly algorithm: string;
  readonly publicKey: string;
  readonly status: string;
};

const answer = shape<{readonly key: Answer}>({
  key: shape<Answer>({id: text, name: text, algorithm: text, publicKey: text, status: text}),
});

/**
 * Reads the answer of `kchain.GetKey`.
 * @throws ClientError CLIENT_BAD_RESPONSE, also for a key that was not asked for
 */
export function readKeyRecord(result: unknown, asked: KeyRef): KeyRecord {
  const {key} = answer(result, 'result');
  const isAsked = 'id' in asked ? key.id === asked.id : key.name === asked.name;
  if (!isAsked) badResponse('key', 'the key that was asked for');
  try {
    const {algorithm, status} = key;
    return {algorithm, status, publicKey: base64ToBytes(key.publicKey)};
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return badResponse('key.publicKey', 'base64');
  }
}
