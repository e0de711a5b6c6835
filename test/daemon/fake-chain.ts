import {ApiError, ClientError} from '../../src/client/errors.ts';
import {txIdOf} from '../../src/client/transactions.ts';
import {sha256, taggedHash} from '../../src/crypto/hash.ts';
import {idToString, nodeIdToString} from '../../src/crypto/ids.ts';
import {verifySignature} from '../../src/crypto/ml-dsa.ts';
import {storedSetHash} from '../../src/crypto/stored-set-hash.ts';
import type {
  ApiMethod,
  ApiParams,
  ApiResults,
  ChainClient,
  DutiesInfo,
  NetworkInfo,
  PhaseName,
  ServiceNodeInfo,
  StoredSetInfo,
} from '../../src/protocol/api.ts';
import {
  bytesToHex,
  equalBytes,
  type Hash,
  hexToBytes,
  type SigningPublicKey,
  toChainId,
} from '../../src/protocol/bytes.ts';
import {epochAt, epochTimes} from '../../src/protocol/chain/epoch-times.ts';
import type {StorageCommitment, StoredSet} from '../../src/protocol/chain/storage-commitment.ts';
import {Tx, txContext, UnsignedTx} from '../../src/protocol/chain/tx.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {HASH_TAG} from '../../src/protocol/domains.ts';
import {fakeEpoch, fakeHealth, fakeNode, fakeSwarms} from './fake-registry.ts';

export const GENESIS_MS = 1_700_000_000_000n;
export const EPOCH_SECONDS = 12;
const CLOCK = {genesisTimeMs: GENESIS_MS, epochSeconds: EPOCH_SECONDS};

const chainId = toChainId(new Uint8Array(32).fill(0x5a));
export const CHAIN = {networkId: 1337, chainId};

const hex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;
const info = ({root, recordCount, chunkCount, bytes}: StoredSet): StoredSetInfo => ({
  root: hex(root),
  recordCount: String(recordCount),
  chunkCount: String(chunkCount),
  bytes: String(bytes),
});

export const NETWORK: NetworkInfo = {
  networkId: CHAIN.networkId,
  chainId: idToString(chainId),
  vmId: 'fake',
  version: '0',
  preset: 'dev',
  token: {symbol: 'LUX', decimals: 6},
  genesisTimeMs: Number(GENESIS_MS),
  epochSeconds: EPOCH_SECONDS,
  minStake: '100000000',
  minFee: '0',
  minCapacity: '1000000',
  unbondingSeconds: 120,
  minPeers: 4,
  swarmHysteresis: 1,
  seatsPerEpoch: 0,
  minBlockIntervalMs: 50,
  answerHeights: 4,
  roundAHeights: 2,
  credit: {initial: 0, growEvery: 0, cap: 0},
  upcomingUpgrades: [],
};

type Node = {publicKey: SigningPublicKey; tip: Hash; owner: string};
type Committed = {c: string; txId: string; set: StoredSet};
type Duty = {roundA?: Committed; roundB?: Committed; answer?: {txId: string; answer: string}};
export type EpochOutcome = {readonly missed: readonly string[]; readonly w: string | null};

/**
 * The chain as the port shows it: one swarm, blocks made by `advance`, duties checked as chain-rules
 * §2–5 say. It keeps what each accepted transaction said, so that tests can look.
 */
export class FakeChain implements ChainClient {
  readonly nodes = new Map<string, Node>();
  /** Duty members of the running epoch: whoever was registered when it began. */
  duties = new Map<string, Duty>();
  readonly outcomes = new Map<bigint, EpochOutcome>();
  readonly issued: Uint8Array[] = [];
  readonly accepted = new Map<string, Uint8Array>();
  pending = new Map<string, Uint8Array>();
  nonces = new Map<string, bigint>();
  isDown = false;
  numSwarms = 1;
  /** What getServiceNode says otherwise than of a node without a past. */
  overNode: Partial<ServiceNodeInfo> = {};
  /** Transactions are lost after they were taken, as by a restart. */
  losesTransactions = false;
  timeMs = GENESIS_MS;
  height = 0n;
  epoch = 0n;
  mix: Hash = taggedHash(HASH_TAG.mix);
  isDrawn = false;
  w: Committed | null | undefined;

  get times() {
    return epochTimes(CLOCK, this.epoch);
  }

  get phase(): PhaseName {
    if (this.timeMs < this.times.roundAEnd) return 'roundA';
    if (this.timeMs < this.times.roundBEnd) return 'roundB';
    return this.timeMs < this.times.answersEnd ? 'answers' : 'rest';
  }

  /** One block, `ms` after the last. */
  advance(ms: number): void {
    this.timeMs += BigInt(ms);
    this.height += 1n;
    const epoch = epochAt(CLOCK, this.timeMs);
    if (epoch > this.epoch) this.#turn(epoch);
    if (!this.isDrawn && this.timeMs >= this.times.roundAEnd) {
      this.isDrawn = true;
      this.mix = taggedHash(HASH_TAG.mix, this.mix, ...[...this.nodes.values()].map((n) => n.tip));
    }
    if (this.w === undefined && this.timeMs >= this.times.roundBEnd) this.w = this.#majority();
    for (const [id, bytes] of this.pending) {
      try {
        this.#execute(bytes);
        this.accepted.set(id, bytes);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
    }
    this.pending.clear();
  }

  #turn(epoch: bigint): void {
    const missed = [...this.duties]
      .filter(([, {roundA, answer}]) => roundA === undefined || answer === undefined)
      .map(([nodeId]) => nodeId);
    this.outcomes.set(this.epoch, {missed, w: this.w?.c ?? null});
    this.epoch = epoch;
    this.duties = new Map([...this.nodes.keys()].map((nodeId) => [nodeId, {}]));
    this.isDrawn = false;
    this.w = undefined;
  }

  #majority(): Committed | null {
    const ends = [...this.duties.values()].map(({roundA, roundB}) => roundB ?? roundA);
    for (const end of ends) {
      if (end === undefined) continue;
      if (ends.filter((other) => other?.c === end.c).length * 2 > ends.length) return end;
    }
    return null;
  }

  #refuse(reason: string): never {
    throw new ApiError('API_TX_REFUSED', {text: reason, details: {reason}});
  }

  #execute(bytes: Uint8Array): void {
    const {unsigned, publicKey, signature} = decode(Tx, bytes);
    const txId = idToString(txIdOf(bytes));
    const message = encode(UnsignedTx, unsigned);
    const context = txContext(unsigned.type);
    if (unsigned.type === 'registerServiceNode') {
      const {sender, nonce, body} = unsigned.value;
      const account = hex(sender);
      if (nonce !== (this.nonces.get(account) ?? 0n)) this.#refuse('TX_WRONG_NONCE');
      if ((publicKey !== undefined) !== (nonce === 0n)) this.#refuse('TX_KEY_MISSING');
      this.nonces.set(account, nonce + 1n);
      const node = {publicKey: body.publicKey, tip: body.hashChainTip, owner: account};
      this.nodes.set(nodeIdToString(body.nodeId), node);
      return;
    }
    if (unsigned.type !== 'storageCommitment' && unsigned.type !== 'uptimeResponse') {
      this.#refuse('TX_UNSUPPORTED');
    }
    const {nodeId, epoch, revision} = unsigned.value;
    const node = this.nodes.get(nodeIdToString(nodeId));
    const duty = this.duties.get(nodeIdToString(nodeId));
    if (epoch !== this.epoch) this.#refuse('TX_WRONG_EPOCH');
    if (node === undefined || duty === undefined) this.#refuse('TX_NO_DUTY');
    if (!verifySignature({publicKey: node.publicKey, context, message, signature})) {
      this.#refuse('TX_INVALID_SIGNATURE');
    }
    if (unsigned.type === 'uptimeResponse') {
      if (this.phase !== 'answers') this.#refuse('TX_WRONG_PHASE');
      if (duty.answer !== undefined) this.#refuse('TX_DUPLICATE_DUTY');
      duty.answer = {txId, answer: hex(unsigned.value.body.answer)};
    } else this.#commit(unsigned.value.body, {node, duty, revision, txId});
  }

  #commit(
    {set, reveal, swarmId}: StorageCommitment,
    {node, duty, revision, txId}: {node: Node; duty: Duty; revision: number; txId: string},
  ): void {
    const c = hex(storedSetHash({...CHAIN, epoch: this.epoch, swarmId, set}));
    if (this.phase !== (revision === 0 ? 'roundA' : 'roundB')) this.#refuse('TX_WRONG_PHASE');
    if (revision === 0) {
      if (duty.roundA !== undefined) this.#refuse('TX_DUPLICATE_DUTY');
      if (reveal === undefined || !equalBytes(sha256(reveal), node.tip)) {
        this.#refuse('TX_WRONG_REVEAL');
      }
      node.tip = reveal;
      duty.roundA = {c, txId, set};
      return;
    }
    if (duty.roundB !== undefined) this.#refuse('TX_DUPLICATE_DUTY');
    if (duty.roundA === undefined) this.#refuse('TX_NO_ROUND_A');
    if (![...this.duties.values()].some(({roundA}) => roundA?.c === c)) {
      this.#refuse('TX_UNKNOWN_SET');
    }
    duty.roundB = {c, txId, set};
  }

  dutiesOf(nodeId: string): DutiesInfo {
    const node = this.nodes.get(nodeId);
    const duty = this.duties.get(nodeId);
    const groups = new Map<string, {set: StoredSet; count: number}>();
    for (const {roundA} of this.duties.values()) {
      if (roundA === undefined) continue;
      const count = (groups.get(roundA.c)?.count ?? 0) + 1;
      groups.set(roundA.c, {set: roundA.set, count});
    }
    const {w, times} = this;
    const shown = (done: Committed | undefined) =>
      done === undefined ? null : {txId: done.txId, c: done.c};
    const ends = {
      roundA: times.roundAEnd,
      roundB: times.roundBEnd,
      answers: times.answersEnd,
      rest: times.end,
    };
    return {
      nodeId,
      registered: node !== undefined,
      status: node === undefined ? null : 'active',
      hasDuties: duty !== undefined,
      epoch: String(this.epoch),
      phase: this.phase,
      phaseEndMs: Number(ends[this.phase]),
      epochEndMs: Number(times.end),
      cutOffMs: Number(times.cutOff),
      blockTimeMs: Number(this.timeMs),
      height: String(this.height),
      swarmId: duty === undefined ? null : 0,
      members: [...this.duties.keys()],
      swarmExponent: 0,
      joining: false,
      previousEpoch: null,
      dissentMembers: [],
      witnessTargets: [],
      hashChainTip: node === undefined ? null : hex(node.tip),
      roundA: [...groups].map(([c, {set, count}]) => ({...info(set), c, count})),
      ...(w === undefined ? {} : {w: w === null ? null : {...info(w.set), c: w.c}}),
      mix: this.isDrawn ? hex(this.mix) : null,
      accepted: {
        roundA: shown(duty?.roundA),
        roundB: shown(duty?.roundB),
        answer: duty?.answer ?? null,
      },
    };
  }

  #answers: {readonly [M in ApiMethod]?: (params: ApiParams[M]) => ApiResults[M]} = {
    getNetwork: () => NETWORK,
    getDuties: ({nodeId}) => this.dutiesOf(nodeId),
    getEpoch: () => fakeEpoch(this),
    listSwarms: (params) => fakeSwarms(this, params),
    getServiceNode: ({nodeId}) => fakeNode(this, nodeId),
    health: () => fakeHealth(this),
    getAccount: ({address}) => {
      const nonce = String(this.nonces.get(address) ?? 0n);
      return {address, balance: '1000000000', nextNonce: nonce, nonce};
    },
    getLastAccepted: () => ({
      id: 'x',
      parentId: 'x',
      height: String(this.height),
      timestampMs: Number(this.timeMs),
      stateRoot: `0x${'00'.repeat(32)}`,
      txIds: [],
      size: 0,
    }),
    getTx: ({id}) => {
      const status = this.accepted.has(id)
        ? 'accepted'
        : this.pending.has(id)
          ? 'pending'
          : 'unknown';
      return {id, status};
    },
    issueTx: ({tx}) => {
      const bytes = hexToBytes(tx);
      const txId = idToString(txIdOf(bytes));
      this.issued.push(bytes);
      if (this.pending.has(txId) || this.accepted.has(txId)) this.#refuse('TX_ALREADY_KNOWN');
      if (!this.losesTransactions) this.pending.set(txId, bytes);
      return {txId};
    },
  };

  async call<M extends ApiMethod>(
    method: M,
    params: ApiParams[M],
    signal?: AbortSignal,
  ): Promise<ApiResults[M]> {
    signal?.throwIfAborted();
    if (this.isDown) {
      throw new ClientError('CLIENT_UNREACHABLE', {host: 'fake', reason: 'ECONNREFUSED'});
    }
    const respond = this.#answers[method] as ((params: ApiParams[M]) => ApiResults[M]) | undefined;
    if (respond === undefined)
      throw new ApiError('API_METHOD_NOT_FOUND', {text: method, details: {}});
    return respond(params);
  }
}
