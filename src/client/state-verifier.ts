import {addressToString, nodeIdToString} from '../crypto/ids.ts';
import type {ProofInfo, ProofParams} from '../protocol/api-proofs.ts';
import {
  type Address,
  type Hash,
  hexToBytes,
  type NodeId,
  toHash,
  toNodeId,
} from '../protocol/bytes.ts';
import {TransportKeys} from '../protocol/chain/sparse-records.ts';
import {
  accountKey,
  EPOCH_STATE_KEY,
  nodeKey,
  serviceNodeKey,
  serviceNodeKeysKey,
  swarmSeatsPrefix,
  TRANSPORT_KEYS_PREFIX,
} from '../protocol/chain/state-keys.ts';
import {
  Account,
  EpochState,
  ServiceNode,
  ServiceNodeKeys,
  SwarmSeat,
} from '../protocol/chain/state-records.ts';
import {ApiError, ClientError} from './errors.ts';
import {hexText, invalidProof, ProvenState} from './proven-values.ts';
import {agreeOnBlock, type ChainServer, type RootTrust} from './trusted-root.ts';

/** The block whose state it is. With a root that the caller gave, this is not looked at. */
export type ProvenBlock = {
  readonly id: string;
  readonly height: bigint;
  readonly timestampMs: number;
};

/** Something that a state root proves, and why that root may be believed. */
export type Verified<T> = {
  readonly verified: RootTrust;
  readonly stateRoot: string;
  readonly block?: ProvenBlock;
  readonly value: T;
};

export type ProvenNode = {
  readonly nodeId: string;
  /** Absent: the state has no such node. */
  readonly record?: {
    readonly node: ServiceNode;
    readonly keys: ServiceNodeKeys;
    /** What key rotations left behind. */
    readonly transport?: TransportKeys;
  };
};

export type ProvenSwarm = {
  readonly swarmId: number;
  readonly epoch: bigint;
  readonly numSwarms: number;
  /** All members, in NodeID order; the epoch since which each has its seat. */
  readonly members: readonly {readonly nodeId: string; readonly since: bigint}[];
};

export type ProvenAccount = {
  readonly address: string;
  readonly balance: bigint;
  readonly nonce: bigint;
};

export type StateVerifierInit = {
  /** Two or more must agree on the root; of one the result says that it is unverified. */
  readonly servers: readonly ChainServer[];
  /** The root that the caller trusts, from wherever: no server has a say then. */
  readonly stateRoot?: Hash;
};

type Found = {readonly state: ProvenState; readonly root: Omit<Verified<never>, 'value'>};

/** Looks a server up, so that the next one is asked. */
const isElsewhere = (error: unknown): error is ApiError | ClientError =>
  error instanceof ApiError || error instanceof ClientError;

/**
 * Reads the chain's state without believing who serves it: every value comes with a proof against a
 * state root. A server with a consistent false state is found out by the root alone.
 */
export class StateVerifier {
  readonly #servers: readonly ChainServer[];
  readonly #stateRoot: Hash | undefined;

  constructor({servers, stateRoot}: StateVerifierInit) {
    this.#servers = servers;
    this.#stateRoot = stateRoot;
  }

  /** Record and keys of a node, or that there is none. @throws ClientError, ApiError */
  async node(nodeId: NodeId, signal?: AbortSignal): Promise<Verified<ProvenNode>> {
    const {state, root} = await this.#prove({nodeId: nodeIdToString(nodeId)}, signal);
    const node = state.record(serviceNodeKey(nodeId), ServiceNode);
    const keys = state.record(serviceNodeKeysKey(nodeId), ServiceNodeKeys);
    const transport = state.record(nodeKey(TRANSPORT_KEYS_PREFIX, nodeId), TransportKeys);
    if (node === undefined) return {...root, value: {nodeId: nodeIdToString(nodeId)}};
    if (keys === undefined) invalidProof('a node without keys', serviceNodeKeysKey(nodeId));
    const record = {node, keys, ...(transport === undefined ? {} : {transport})};
    return {...root, value: {nodeId: nodeIdToString(nodeId), record}};
  }

  /** All members of a swarm: a missing one is noticed. @throws ClientError, ApiError */
  async swarm(swarmId: number, signal?: AbortSignal): Promise<Verified<ProvenSwarm>> {
    const {state, root} = await this.#prove({swarmId}, signal);
    const prefix = swarmSeatsPrefix(swarmId);
    const epoch = state.record(EPOCH_STATE_KEY, EpochState);
    if (epoch === undefined) invalidProof('a state without an epoch', EPOCH_STATE_KEY);
    const members = state.entries(prefix).map((entry) => {
      const nodeId = entry.key.subarray(prefix.length);
      if (nodeId.length !== toNodeId.byteLength) invalidProof('no seat', entry.key);
      const {since} = state.decode(SwarmSeat, entry);
      return {nodeId: nodeIdToString(toNodeId(nodeId)), since};
    });
    const numSwarms = 2 ** epoch.swarmExponent;
    return {...root, value: {swarmId, epoch: epoch.epoch, numSwarms, members}};
  }

  /** Balance and nonce; an account without a record has zeros. @throws ClientError, ApiError */
  async account(address: Address, signal?: AbortSignal): Promise<Verified<ProvenAccount>> {
    const text = addressToString(address);
    const {state, root} = await this.#prove({address: text}, signal);
    const {balance, nonce} = state.record(accountKey(address), Account) ?? {balance: 0n, nonce: 0n};
    return {...root, value: {address: text, balance, nonce}};
  }

  async #prove(subject: ProofParams, signal: AbortSignal | undefined): Promise<Found> {
    if (this.#stateRoot !== undefined) return this.#byGivenRoot(this.#stateRoot, subject, signal);
    const [only, ...others] = this.#servers;
    if (only === undefined) throw new ClientError('CLIENT_ROOTS_TOO_FEW', {answered: 0, asked: 0});
    if (others.length > 0) return this.#byAgreement(subject, signal);
    const info = await only.chain.call('getProof', subject, signal);
    return {
      state: new ProvenState(rootOf(info), info),
      root: {verified: 'unverified', stateRoot: info.stateRoot, block: blockOf(info)},
    };
  }

  async #byGivenRoot(
    root: Hash,
    subject: ProofParams,
    signal: AbortSignal | undefined,
  ): Promise<Found> {
    const stateRoot = hexText(root);
    const info = await askUntilOne(this.#servers, {...subject, stateRoot}, signal);
    return {state: new ProvenState(root, info), root: {verified: 'given', stateRoot}};
  }

  async #byAgreement(subject: ProofParams, signal: AbortSignal | undefined): Promise<Found> {
    const {block, servers} = await agreeOnBlock(this.#servers, signal);
    const {id, height, stateRoot, timestampMs} = block;
    const info = await askUntilOne(servers, {...subject, height}, signal);
    return {
      state: new ProvenState(toHash(hexToBytes(stateRoot)), info),
      root: {
        verified: 'agreed',
        stateRoot,
        block: {id, height: BigInt(height), timestampMs},
      },
    };
  }
}

const rootOf = ({stateRoot}: ProofInfo): Hash => toHash(hexToBytes(stateRoot));

const blockOf = ({blockId, height, timestampMs}: ProofInfo): ProvenBlock => ({
  id: blockId,
  height: BigInt(height),
  timestampMs,
});

/** @throws ClientError CLIENT_STATE_NOT_AT_HAND when no server has a proof in this state. */
async function askUntilOne(
  servers: readonly ChainServer[],
  params: ProofParams,
  signal: AbortSignal | undefined,
): Promise<ProofInfo> {
  let last: ApiError | ClientError | undefined;
  for (const {chain} of servers) {
    try {
      return await chain.call('getProof', params, signal);
    } catch (error) {
      if (!isElsewhere(error)) throw error;
      last = error;
    }
  }
  const reason = last?.code ?? 'no server';
  throw new ClientError('CLIENT_STATE_NOT_AT_HAND', {asked: servers.length, reason}, {cause: last});
}
