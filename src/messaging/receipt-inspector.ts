import {bytesToKey, equalBytes, type NodeId} from '../protocol/bytes.ts';
import type {Receipt, SignedReceipt} from '../protocol/overlay/receipt.ts';
import {equalStamps} from '../protocol/stored-record.ts';
import type {ChainPlace} from './operation-checks.ts';
import type {SwarmState} from './ports.ts';

/** Members may be one epoch apart for a moment, and a client takes no more (SPEC.md §16.5). */
const EPOCH_SLACK = 1n;

/** What a receipt for a write must say, whoever gives it. */
export type ExpectedReceipt = Pick<
  Receipt,
  'account' | 'namespace' | 'id' | 'stamp' | 'expiryMs'
> & {
  readonly swarm: SwarmState;
  /**
   * This member has an operation on that id already (in an outbox, on any): its sender may not have
   * believed the receipts.
   */
  readonly isRepeated: boolean;
};

export type ReceiptInspectorParts = {
  readonly chain: ChainPlace;
  /** Whether this member, by the registered key, gave this receipt. */
  readonly isReceiptValid: (signed: SignedReceipt) => Promise<boolean>;
};

function isOfSwarm({epoch, swarmId, swarmExponent}: Receipt, swarm: SwarmState): boolean {
  if (epoch > swarm.epoch + EPOCH_SLACK || epoch + EPOCH_SLACK < swarm.epoch) return false;
  // Around the turn of an epoch the number of swarms may be another one.
  if (epoch !== swarm.epoch) return true;
  return swarmId === swarm.swarmId && swarmExponent === swarm.swarmExponent;
}

/** Looks at the receipts that a coordinator gets from other members, as far as its client does not. */
export class ReceiptInspector {
  readonly #parts: ReceiptInspectorParts;
  /** Members whose last receipt that was verified was false. */
  readonly #doubted = new Set<string>();

  constructor(parts: ReceiptInspectorParts) {
    this.#parts = parts;
  }

  /**
   * Whether a member's receipt says what it must. PERF: its signature is the client's to check, and costs as
   * much as half of all else that is done here. It is looked at when a client asks again, which a false one
   * makes it do; where one was false before; and while swarms change, as clients know of no groups.
   */
  async isGood(signed: SignedReceipt, member: NodeId, expected: ExpectedReceipt): Promise<boolean> {
    if (!this.#isAbout(signed.receipt, member, expected)) return false;
    const name = bytesToKey(member);
    const isChanging = expected.swarm.acknowledge.length > 1;
    if (!expected.isRepeated && !isChanging && !this.#doubted.has(name)) return true;
    const isValid = await this.#parts.isReceiptValid(signed);
    if (isValid) this.#doubted.delete(name);
    else this.#doubted.add(name);
    return isValid;
  }

  #isAbout(receipt: Receipt, member: NodeId, expected: ExpectedReceipt): boolean {
    const {networkId, chainId} = this.#parts.chain;
    return (
      receipt.networkId === networkId &&
      equalBytes(receipt.chainId, chainId) &&
      equalBytes(receipt.nodeId, member) &&
      isOfSwarm(receipt, expected.swarm) &&
      equalBytes(receipt.account, expected.account) &&
      receipt.namespace === expected.namespace &&
      equalBytes(receipt.id, expected.id) &&
      equalStamps(receipt.stamp, expected.stamp) &&
      receipt.expiryMs === expected.expiryMs
    );
  }
}
