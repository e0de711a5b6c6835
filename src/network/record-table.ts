import type {KadDHT} from '@libp2p/kad-dht';
import {bytesToHex, equalBytes, type NodeId, utf8ToBytes} from '../protocol/bytes.ts';
import {decode, encode} from '../protocol/codec.ts';
import {CodecError} from '../protocol/errors.ts';
import {SignedPeerRecord} from '../protocol/overlay/peer-record.ts';
import {badRecord} from './peer-records.ts';
import type {RecordBook} from './record-book.ts';

/** First part of every key of the DHT; libp2p finds validator and selector by it. */
const NAMESPACE = 'sessionvm-peer';

/** A look-up ends with the newest of so many answers: one of them may have been away meanwhile. */
const ENOUGH_RECORDS = 3;

/** Where the DHT holds a node's record: `/sessionvm-peer/<NodeID as hex>`. SPEC.md §15.3. */
export function recordKey(nodeId: NodeId): Uint8Array {
  return utf8ToBytes(`/${NAMESPACE}/${bytesToHex(nodeId)}`);
}

/** undefined for bytes that are no record. */
function tryDecode(value: Uint8Array): SignedPeerRecord | undefined {
  try {
    return decode(SignedPeerRecord, value);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/**
 * What the DHT takes and passes on: verified records under their node's key. An older one than known is
 * refused: libp2p would let it replace the newer.
 */
async function validate(book: RecordBook, key: Uint8Array, value: Uint8Array): Promise<void> {
  const signed = decode(SignedPeerRecord, value);
  if (!equalBytes(key, recordKey(signed.record.nodeId))) throw badRecord('key');
  if (await book.learn(signed)) return;
  const known = book.get(signed.record.nodeId);
  const isSame = known !== undefined && equalBytes(encode(SignedPeerRecord, known), value);
  if (!isSame) throw badRecord('older than one known');
}

/** The index of the record with the highest sequence. */
export function selectNewest(values: readonly Uint8Array[]): number {
  let [best, bestSequence] = [0, -1n];
  values.forEach((value, index) => {
    const sequence = tryDecode(value)?.record.sequence ?? -1n;
    if (sequence > bestSequence) [best, bestSequence] = [index, sequence];
  });
  return best;
}

/** Validators and selectors of kad-dht: our records alone; libp2p's own kind is turned away. */
export function recordRules(book: RecordBook): {
  readonly validators: Record<string, (key: Uint8Array, value: Uint8Array) => Promise<void>>;
  readonly selectors: Record<string, (key: Uint8Array, values: Uint8Array[]) => number>;
} {
  const refuse = async (): Promise<void> => {
    throw badRecord('key');
  };
  return {
    validators: {
      [NAMESPACE]: (key, value) => validate(book, key, value),
      pk: refuse,
    },
    selectors: {[NAMESPACE]: (_key, values) => selectNewest(values)},
  };
}

export type RecordTable = {
  /** Answers how many peers took it. */
  put(signed: SignedPeerRecord, signal: AbortSignal): Promise<number>;
  /** The newest of what a few peers near the node's key have; the book has verified it. */
  get(nodeId: NodeId, signal: AbortSignal): Promise<SignedPeerRecord | undefined>;
};

export function createRecordTable(dht: KadDHT): RecordTable {
  return {
    async put(signed, signal) {
      const key = recordKey(signed.record.nodeId);
      let taken = 0;
      for await (const event of dht.put(key, encode(SignedPeerRecord, signed), {signal})) {
        const isAnswer = event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE';
        if (isAnswer && event.record !== undefined) taken += 1;
      }
      return taken;
    },
    async get(nodeId, signal) {
      const found: Uint8Array[] = [];
      // Leaving the loop ends the query: to ask all twenty nearest costs more than the record is worth.
      for await (const event of dht.get(recordKey(nodeId), {signal})) {
        if (event.name === 'VALUE') found.push(event.value);
        else if (event.name === 'PEER_RESPONSE' && event.record !== undefined) {
          found.push(event.record.value);
        }
        if (found.length >= ENOUGH_RECORDS) break;
      }
      const newest = found[selectNewest(found)];
      return newest === undefined ? undefined : tryDecode(newest);
    },
  };
}
