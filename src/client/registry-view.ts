import {nodeIdOf, nodeIdToString} from '../crypto/ids.ts';
import type {ChainClient} from '../protocol/api.ts';
import {
  equalBytes,
  hexToBytes,
  type NodeId,
  type SessionId,
  type SigningPublicKey,
  toSigningPublicKey,
} from '../protocol/bytes.ts';
import {swarmOf} from '../swarm/swarm-space.ts';
import {badResponse} from './check.ts';
import type {ChainRef} from './transactions.ts';

/** The swarm of one inbox as the chain has it. */
export type RegisteredSwarm = {
  readonly epoch: bigint;
  readonly swarmId: number;
  /** k: the chain has 2^k swarms. */
  readonly swarmExponent: number;
  /** NodeIDs in text form. */
  readonly members: ReadonlySet<string>;
};

/** Keys that are kept: about 8 MB. */
const MAX_KEYS = 4096;

/** What the chain's registry says of swarms and their members, asked once per epoch and node. */
export class RegistryView {
  readonly #client: ChainClient;
  readonly #chain: ChainRef;
  /** By NodeID. A key never changes, since the NodeID is its hash. */
  readonly #keys = new Map<string, SigningPublicKey>();
  /** Swarms of the epoch below, by id: seats move at epoch transitions alone. */
  #swarms = new Map<number, RegisteredSwarm>();
  #epoch: {readonly number: bigint; readonly swarmExponent: number} | undefined;

  constructor({client, chain}: {readonly client: ChainClient; readonly chain: ChainRef}) {
    this.#client = client;
    this.#chain = chain;
  }

  /**
   * The swarm of an inbox, not older than the chain's view of `atLeast`.
   * @param atLeast an epoch that somebody speaks of: when later than the known one, the chain is asked
   * @throws ClientError, ApiError
   */
  async swarmOf(
    account: SessionId,
    atLeast: bigint,
    signal?: AbortSignal,
  ): Promise<RegisteredSwarm> {
    let epoch = this.#epoch;
    if (epoch === undefined || epoch.number < atLeast) epoch = await this.#askEpoch(signal);
    const {number, swarmExponent} = epoch;
    const swarmId = swarmOf(account, swarmExponent);
    const known = this.#swarms.get(swarmId);
    if (known?.epoch === number) return known;
    const {members} = await this.#client.call('getSwarm', {swarmId}, signal);
    const swarm = {epoch: number, swarmId, swarmExponent, members: new Set(members)};
    this.#swarms.set(swarmId, swarm);
    return swarm;
  }

  /**
   * The registered key of a node.
   * @throws ClientError CLIENT_BAD_RESPONSE for a key that is not the node's; ApiError
   */
  async keyOf(nodeId: NodeId, signal?: AbortSignal): Promise<SigningPublicKey> {
    const text = nodeIdToString(nodeId);
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    const {publicKey} = await this.#client.call('getServiceNode', {nodeId: text}, signal);
    const bytes = hexToBytes(publicKey);
    const path = 'getServiceNode.publicKey';
    if (bytes.length !== toSigningPublicKey.byteLength) badResponse(path, 'an ML-DSA-65 key');
    const key = toSigningPublicKey(bytes);
    if (!equalBytes(nodeIdOf(this.#chain.chainId, key), nodeId))
      badResponse(path, 'the node’s key');
    if (this.#keys.size >= MAX_KEYS) this.#keys.clear();
    this.#keys.set(text, key);
    return key;
  }

  async #askEpoch(
    signal: AbortSignal | undefined,
  ): Promise<{readonly number: bigint; readonly swarmExponent: number}> {
    const {epoch, numSwarms} = await this.#client.call('getEpoch', {}, signal);
    const swarmExponent = Math.log2(numSwarms);
    if (!Number.isInteger(swarmExponent)) badResponse('getEpoch.numSwarms', 'a power of two');
    const number = BigInt(epoch);
    if (this.#epoch?.number !== number) this.#swarms = new Map();
    this.#epoch = {number, swarmExponent};
    return this.#epoch;
  }
}
