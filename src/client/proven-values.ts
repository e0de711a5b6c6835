import {verifyStatePrefixProof} from '../crypto/state-prefix-proof.ts';
import {verifyStateProof} from '../crypto/state-proof.ts';
import type {ProofInfo} from '../protocol/api-proofs.ts';
import {bytesToHex, type Hash, hexToBytes} from '../protocol/bytes.ts';
import {type StateEntry, StatePrefixProof} from '../protocol/chain/state-prefix-proof.ts';
import {StateProof} from '../protocol/chain/state-proof.ts';
import {type Codec, decode} from '../protocol/codec.ts';
import {CodecError} from '../protocol/errors.ts';
import {ClientError} from './errors.ts';

export const hexText = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;

export function invalidProof(problem: string, key: Uint8Array): never {
  throw new ClientError('CLIENT_PROOF_INVALID', {problem, key: hexText(key)});
}

function decodeOr<T>(codec: Codec<T>, bytes: Uint8Array, at: Uint8Array): T {
  try {
    return decode(codec, bytes);
  } catch (error) {
    if (error instanceof CodecError) invalidProof(`no ${codec.name}`, at);
    throw error;
  }
}

/** What a server proved of one state: nothing of it is believed but what the root says. */
export class ProvenState {
  readonly #root: Hash;
  readonly #info: ProofInfo;

  constructor(root: Hash, info: ProofInfo) {
    this.#root = root;
    this.#info = info;
  }

  /**
   * The record under a key; undefined when the state has none.
   * @throws ClientError CLIENT_PROOF_INVALID
   */
  record<T>(key: Uint8Array, codec: Codec<T>): T | undefined {
    const found = this.#info.keys.find((item) => item.key === hexText(key));
    if (found === undefined) invalidProof('not in the answer', key);
    const value = found.value === null ? undefined : hexToBytes(found.value);
    const proof = decodeOr(StateProof, hexToBytes(found.proof), key);
    if (!verifyStateProof(this.#root, key, value, proof)) invalidProof('does not hold', key);
    return value === undefined ? undefined : decodeOr(codec, value, key);
  }

  /**
   * All entries under a prefix, in key order.
   * @throws ClientError CLIENT_PROOF_INVALID
   */
  entries(prefix: Uint8Array): readonly StateEntry[] {
    const found = this.#info.prefixes.find((item) => item.prefix === hexText(prefix));
    if (found === undefined) invalidProof('not in the answer', prefix);
    const proof = decodeOr(StatePrefixProof, hexToBytes(found.proof), prefix);
    if (!verifyStatePrefixProof(this.#root, prefix, proof)) invalidProof('does not hold', prefix);
    return proof.entries;
  }

  /** The record of an entry. @throws ClientError CLIENT_PROOF_INVALID */
  decode<T>(codec: Codec<T>, {key, value}: StateEntry): T {
    return decodeOr(codec, value, key);
  }
}
