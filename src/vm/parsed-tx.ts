import {sha256} from '../crypto/hash.ts';
import {type TxId, toTxId} from '../protocol/bytes.ts';
import {isDuty, Tx} from '../protocol/chain/tx.ts';
import {decode} from '../protocol/codec.ts';

/** A transaction with the bytes it came in and its id. */
export type ParsedTx = {readonly id: TxId; readonly bytes: Uint8Array; readonly tx: Tx};

/** @throws CodecError unless the bytes are one transaction in its only form. */
export function parseTx(bytes: Uint8Array): ParsedTx {
  const tx = decode(Tx, bytes);
  return {id: toTxId(sha256(bytes)), bytes, tx};
}

const SIGNATURE_BYTES = 3309;
const PUBLIC_KEY_BYTES = 1952;

/** The signed part of the bytes: all that comes before the credential. SPEC.md §4. */
export function signedBytes({bytes, tx}: Pick<ParsedTx, 'bytes' | 'tx'>): Uint8Array {
  const key = 1 + (tx.publicKey === undefined ? 0 : PUBLIC_KEY_BYTES);
  return bytes.subarray(0, bytes.length - SIGNATURE_BYTES - key);
}

export function isDutyTx({tx}: ParsedTx): boolean {
  return isDuty(tx.unsigned);
}
