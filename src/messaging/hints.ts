import {concatBytes, type NodeId, toNodeId} from '../protocol/bytes.ts';
import {decode, encode} from '../protocol/codec.ts';
import {Stamp} from '../protocol/stored-record.ts';
import {prefixRange, type WriteOperation} from '../storage/kv.ts';
import {PREFIX} from './key-space.ts';
import type {RecordStore} from './record-store.ts';

const EMPTY = new Uint8Array();
const NODE_ID_BYTES = toNodeId.byteLength;

const hintKey = (nodeId: NodeId, stamp: Stamp): Uint8Array =>
  concatBytes(PREFIX.hint, nodeId, encode(Stamp, stamp));

/** Operations that other members have not got yet, on disk until they have. */
export class Hints {
  readonly #store: RecordStore;

  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** Each of the members lacks each of the operations. */
  add(nodeIds: readonly NodeId[], stamps: readonly Stamp[]): Promise<void> {
    const writes = nodeIds.flatMap((nodeId) =>
      stamps.map((stamp): WriteOperation => {
        return {type: 'put', key: hintKey(nodeId, stamp), value: EMPTY};
      }),
    );
    return this.#store.write(writes);
  }

  /** How many there are, for all members together. */
  async count(): Promise<number> {
    let count = 0;
    for await (const _ of this.#store.iterate(prefixRange(PREFIX.hint))) count += 1;
    return count;
  }

  /** The oldest hints for one member. */
  async of(nodeId: NodeId, limit: number): Promise<readonly Stamp[]> {
    const stamps: Stamp[] = [];
    const prefix = concatBytes(PREFIX.hint, nodeId);
    for await (const [key] of this.#store.iterate(prefixRange(prefix))) {
      stamps.push(decode(Stamp, key.subarray(prefix.length)));
      if (stamps.length === limit) break;
    }
    return stamps;
  }

  /** Members that something is kept for. */
  async members(): Promise<readonly NodeId[]> {
    const found: NodeId[] = [];
    let range = prefixRange(PREFIX.hint);
    for (;;) {
      let next: NodeId | undefined;
      for await (const [key] of this.#store.iterate(range)) {
        next = toNodeId(key.slice(PREFIX.hint.length, PREFIX.hint.length + NODE_ID_BYTES));
        break;
      }
      if (next === undefined) return found;
      found.push(next);
      const {lt} = prefixRange(concatBytes(PREFIX.hint, next));
      if (lt === undefined) return found;
      range = {...prefixRange(PREFIX.hint), gte: lt};
    }
  }

  remove(nodeId: NodeId, stamps: readonly Stamp[]): Promise<void> {
    return this.#store.write(
      stamps.map((stamp) => ({type: 'delete', key: hintKey(nodeId, stamp)})),
    );
  }
}
