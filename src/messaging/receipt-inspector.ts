import {bytesToKey, equalBytes, type NodeId} from '../protocol/bytes.ts';
import {
  isReceiptFor,
  isReceiptOfEpoch,
  type Receipt,
  type ReceiptClaim,
  type SignedReceipt,
} from '../protocol/overlay/receipt.ts';
import type {SwarmState} from './ports.ts';

/** What a receipt for a write must say, whoever gives it. */
export type ExpectedReceipt = {
  readonly claim: ReceiptClaim;
  /**
   * This member has an operation on that id already (in an outbox, on any): its sender may not have
   * believed the receipts.
   */
  readonly isRepeated: boolean;
};

/** Who gave a receipt, and the swarm as the coordinator sees it. */
export type Giver = {readonly nodeId: NodeId; readonly swarm: SwarmState};

function isOfSwarm(receipt: Receipt, swarm: SwarmState): boolean {
  if (!isReceiptOfEpoch(receipt, swarm.epoch)) return false;
  // Around the turn of an epoch the number of swarms may be another one.
  if (receipt.epoch !== swarm.epoch) return true;
  return receipt.swarmId === swarm.swarmId && receipt.swarmExponent === swarm.swarmExponent;
}

/** Looks at the receipts that a coordinator gets from other members, as far as its client does not. */
export class ReceiptInspector {
  readonly #isValid: (signed: SignedReceipt) => Promise<boolean>;
  /** Members whose last receipt that was verified was false. */
  readonly #doubted = new Set<string>();

  /** @param isValid whether the member that a receipt names gave it, by its registered key */
  constructor(isValid: (signed: SignedReceipt) => Promise<boolean>) {
    this.#isValid = isValid;
  }

  /**
   * Whether a member's receipt says what it must. PERF: its signature is the client's to check; to look at
   * five of them was a tenth of the CPU of a store. It is looked at when a client asks again, which a false
   * one makes it do; where one was false before; and while swarms change, as clients know of no groups.
   */
  async isGood(
    signed: SignedReceipt,
    {nodeId, swarm}: Giver,
    {claim, isRepeated}: ExpectedReceipt,
  ): Promise<boolean> {
    const {receipt} = signed;
    const isAbout =
      equalBytes(receipt.nodeId, nodeId) &&
      isOfSwarm(receipt, swarm) &&
      isReceiptFor(receipt, claim);
    if (!isAbout) return false;
    const name = bytesToKey(nodeId);
    const isChanging = swarm.acknowledge.length > 1;
    if (!isRepeated && !isChanging && !this.#doubted.has(name)) return true;
    const isValid = await this.#isValid(signed);
    if (isValid) this.#doubted.delete(name);
    else this.#doubted.add(name);
    return isValid;
  }
}
