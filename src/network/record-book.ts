import {bytesToKey, type NodeId} from '../protocol/bytes.ts';
import {decode, encode} from '../protocol/codec.ts';
import {SignedPeerRecord} from '../protocol/overlay/peer-record.ts';
import type {ChainRef, NetworkPorts, RegisteredKeys} from './overlay-init.ts';
import {isCurrent, verifyPeerRecord} from './peer-records.ts';

/** Nodes that are remembered, about 4 KB each; the one heard of longest ago is forgotten. */
const MAX_RECORDS = 16_384;

export type RecordBookInit = {
  readonly chain: ChainRef;
  readonly keys: RegisteredKeys;
  readonly ports: Pick<NetworkPorts, 'nowMs'>;
};

/** The newest verified record of each node. */
export class RecordBook {
  readonly #records = new Map<string, SignedPeerRecord>();
  readonly #init: RecordBookInit;

  constructor(init: RecordBookInit) {
    this.#init = init;
  }

  get(nodeId: NodeId): SignedPeerRecord | undefined {
    const signed = this.#records.get(bytesToKey(nodeId));
    if (signed === undefined) return undefined;
    return isCurrent(signed.record, this.#init.ports.nowMs()) ? signed : undefined;
  }

  all(): readonly SignedPeerRecord[] {
    const nowMs = this.#init.ports.nowMs();
    return [...this.#records.values()].filter(({record}) => isCurrent(record, nowMs));
  }

  /**
   * Verifies and remembers the record; false, and unverified, when one as new is known.
   * @throws NetworkError as `verifyPeerRecord`; whatever the registry throws.
   */
  async learn(signed: SignedPeerRecord, signal?: AbortSignal): Promise<boolean> {
    if (!this.isNewer(signed)) return false;
    const {chain, keys, ports} = this.#init;
    const check = {chain, keys, nowMs: ports.nowMs()};
    await verifyPeerRecord(signed, signal === undefined ? check : {...check, signal});
    // While the signature was checked, another may have come.
    if (!this.isNewer(signed)) return false;
    this.#put(signed);
    return true;
  }

  isNewer({record}: SignedPeerRecord): boolean {
    const known = this.get(record.nodeId);
    return known === undefined || record.sequence > known.record.sequence;
  }

  #put(signed: SignedPeerRecord): void {
    const key = bytesToKey(signed.record.nodeId);
    this.#records.delete(key);
    // A copy: what came over the network may be a view of a whole frame.
    this.#records.set(key, decode(SignedPeerRecord, encode(SignedPeerRecord, signed)));
    if (this.#records.size <= MAX_RECORDS) return;
    const [oldest] = this.#records.keys();
    if (oldest !== undefined) this.#records.delete(oldest);
  }
}
