import {nodeIdToString} from '../crypto/ids.ts';
import {createReceiptVerifier, type VerifyReceipt} from '../crypto/receipts.ts';
import type {ChainClient} from '../protocol/api.ts';
import {equalBytes, type Hash, type NodeId, type SessionId} from '../protocol/bytes.ts';
import type {Stored} from '../protocol/overlay/client-protocol.ts';
import {
  isReceiptFor,
  isReceiptOfEpoch,
  type Receipt,
  type SignedReceipt,
} from '../protocol/overlay/receipt.ts';
import {ClientError} from './errors.ts';
import {type RegisteredSwarm, RegistryView} from './registry-view.ts';
import type {ChainRef} from './transactions.ts';

/** What the client asked to be stored, by its own knowledge. */
export type StoredMessage = {
  readonly account: SessionId;
  readonly namespace: number;
  /** Computed from the message's bytes, not taken from the answer. */
  readonly id: Hash;
  /** Unix ms: the request's time and lifetime. The record may live longer, never shorter. */
  readonly expiryMs: bigint;
};

/** Judges store answers by the chain's registry, whatever the member that answered claims. */
export class ReceiptChecker {
  readonly #chain: ChainRef;
  readonly #registry: RegistryView;
  readonly #verify: VerifyReceipt = createReceiptVerifier();

  constructor(init: {readonly client: ChainClient; readonly chain: ChainRef}) {
    this.#chain = init.chain;
    this.#registry = new RegistryView(init);
  }

  /**
   * The members that vouch for a stored message: a majority of the swarm that the chain has for the
   * inbox. Receipts that are false, foreign or doubled do not count. SPEC.md §16.5.
   * @throws ClientError CLIENT_RECEIPTS_TOO_FEW; ClientError and ApiError when the chain has no
   * usable answer
   */
  async check(stored: Stored, message: StoredMessage, signal?: AbortSignal): Promise<NodeId[]> {
    const {receipts} = stored;
    const latest = receipts.reduce((max, {receipt: {epoch}}) => (epoch > max ? epoch : max), 0n);
    const swarm = await this.#registry.swarmOf(message.account, latest, signal);
    const fitting = receipts.filter(
      ({receipt}) => this.#isAbout(receipt, stored, message) && isOfSwarm(receipt, swarm),
    );
    const answers = await Promise.all(fitting.map((one) => this.#isSigned(one, signal)));
    const signed = new Map<string, NodeId>();
    fitting.forEach(({receipt: {nodeId}}, i) => {
      if (answers[i] === true) signed.set(nodeIdToString(nodeId), nodeId);
    });
    const {size: members} = swarm.members;
    if (signed.size * 2 > members) return [...signed.values()];
    throw new ClientError('CLIENT_RECEIPTS_TOO_FEW', {
      valid: signed.size,
      given: receipts.length,
      members,
    });
  }

  /** About this message as the answer describes it, and the answer gives what was asked for. */
  #isAbout(receipt: Receipt, stored: Stored, message: StoredMessage): boolean {
    const {networkId, chainId} = this.#chain;
    const {id, stamp, expiryMs} = stored;
    return (
      equalBytes(id, message.id) &&
      expiryMs >= message.expiryMs &&
      isReceiptFor(receipt, {...message, networkId, chainId, stamp, expiryMs})
    );
  }

  async #isSigned(signed: SignedReceipt, signal: AbortSignal | undefined): Promise<boolean> {
    return this.#verify(signed, await this.#registry.keyOf(signed.receipt.nodeId, signal));
  }
}

/**
 * By a member in its own swarm and epoch. A made-up epoch would take the receipt's worth as evidence:
 * nobody held a seat then.
 */
function isOfSwarm(receipt: Receipt, swarm: RegisteredSwarm): boolean {
  return (
    receipt.swarmId === swarm.swarmId &&
    receipt.swarmExponent === swarm.swarmExponent &&
    isReceiptOfEpoch(receipt, swarm.epoch) &&
    swarm.members.has(nodeIdToString(receipt.nodeId))
  );
}
