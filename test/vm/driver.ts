import {sha256} from '../../src/crypto/hash.ts';
import {addressOf, nodeIdOf} from '../../src/crypto/ids.ts';
import {
  type Address,
  compareBytes,
  type Hash,
  type KemPublicKey,
  type NodeId,
  type SigningPublicKey,
  toChainId,
  toKemPublicKey,
  toNodeId,
  toSessionId,
  toSignature,
  toSigningPublicKey,
  utf8ToBytes,
  ZERO_HASH,
} from '../../src/protocol/bytes.ts';
import {createGenesis, type GenesisInit, parseGenesis} from '../../src/protocol/chain/genesis.ts';
import {
  SCHEME_ML_DSA_65,
  SCHEME_ML_KEM_768,
} from '../../src/protocol/chain/register-service-node.ts';
import type {StoredSet} from '../../src/protocol/chain/storage-commitment.ts';
import {
  type AccountBodies,
  type AccountKind,
  Tx,
  type UnsignedTx,
} from '../../src/protocol/chain/tx.ts';
import {parseUpgrades} from '../../src/protocol/chain/upgrades.ts';
import {encode} from '../../src/protocol/codec.ts';
import {buildBlock} from '../../src/vm/builder.ts';
import {Chain} from '../../src/vm/chain.ts';
import type {ChainConfig} from '../../src/vm/config.ts';
import {executeGenesis} from '../../src/vm/genesis-state.ts';
import {Mempool} from '../../src/vm/mempool.ts';
import {type ParsedBlock, parseBlock} from '../../src/vm/parsed-block.ts';
import {type ParsedTx, parseTx} from '../../src/vm/parsed-tx.ts';
import {getAccount} from '../../src/vm/state/accounts.ts';
import {getServiceNode} from '../../src/vm/state/service-nodes.ts';
import {getEpochState} from '../../src/vm/state/singletons.ts';
import {commitmentOf} from '../../src/vm/stored-set.ts';
import {EMPTY_SET, ONE_RECORD_SET} from './fixtures.ts';

export const GENESIS_SECONDS = 1_767_225_600;
export const CHAIN_ID = toChainId(sha256(utf8ToBytes('a chain for tests')));
export const NETWORK_ID = 1337;

/** Key material of the right size: the state machine never looks inside, signatures are the shell's. */
export function fakeKey(name: string): SigningPublicKey {
  const seed = sha256(utf8ToBytes(name));
  const key = new Uint8Array(1952);
  for (let i = 0; i < key.length; i += 32) key.set(seed, i);
  return toSigningPublicKey(key);
}

const SIGNATURE = toSignature(new Uint8Array(3309));

/** A transport key that passes the check of its coefficients; 0 is the one nodes register with. */
export const kemKey = (number: number): KemPublicKey =>
  toKemPublicKey(new Uint8Array(1184).fill(number));

export type TestAccount = {readonly key: SigningPublicKey; readonly address: Address};

export function testAccount(name: string): TestAccount {
  const key = fakeKey(`account ${name}`);
  return {key, address: addressOf(key)};
}

/** A node with a short hash chain: links[0] is the tip, links[i + 1] hashes to links[i]. */
export type TestNode = {
  readonly nodeId: NodeId;
  readonly key: SigningPublicKey;
  readonly links: readonly Hash[];
};

const CHAIN_LINKS = 64;

export function testNode(name: string): TestNode {
  const key = fakeKey(`node ${name}`);
  const links: Hash[] = [sha256(utf8ToBytes(`seed ${name}`))];
  for (let i = 1; i < CHAIN_LINKS; i++) links.unshift(sha256(links[0] ?? ZERO_HASH));
  return {nodeId: nodeIdOf(CHAIN_ID, key), key, links};
}

export function seal(unsigned: UnsignedTx, publicKey?: SigningPublicKey): ParsedTx {
  return parseTx(encode(Tx, {unsigned, publicKey, signature: SIGNATURE}));
}

export type EvidenceAt = {
  readonly epoch: bigint;
  readonly swarmId: number;
  readonly revision: number;
};

export type DriverInit = Partial<Omit<GenesisInit, 'timestamp' | 'allocations'>> & {
  readonly accounts?: readonly TestAccount[];
  readonly balance?: bigint;
  /** As upgrade bytes have them. */
  readonly upgrades?: readonly object[];
};

/** One chain in memory, driven by hand: blocks at chosen times, no signatures, no sockets. */
export class Driver {
  readonly config: ChainConfig;
  readonly genesisBytes: Uint8Array;
  readonly chain: Chain;
  readonly mempool = new Mempool();
  readonly blocks: ParsedBlock[] = [];

  constructor({
    accounts = [],
    balance = 1_000_000_000_000n,
    upgrades = [],
    ...init
  }: DriverInit = {}) {
    this.genesisBytes = createGenesis({
      preset: 'dev',
      ...init,
      timestamp: GENESIS_SECONDS,
      allocations: accounts.map(({address}) => ({address, amount: balance})),
    });
    const genesis = parseGenesis(this.genesisBytes);
    this.config = {
      networkId: NETWORK_ID,
      chainId: CHAIN_ID,
      rules: genesis.rules,
      upgrades: parseUpgrades(utf8ToBytes(JSON.stringify({upgrades})), genesis),
      genesisTimeMs: genesis.timeMs,
    };
    this.chain = new Chain(this.config, executeGenesis(genesis, this.genesisBytes));
  }

  get state() {
    return this.chain.lastAccepted.map;
  }

  get now(): bigint {
    return this.chain.lastAccepted.block.timestamp;
  }

  get epoch() {
    return getEpochState(this.state);
  }

  /** Ms after genesis → Unix ms. */
  at(ms: number): bigint {
    return this.config.genesisTimeMs + BigInt(ms);
  }

  /** S_e plus ms. */
  inEpoch(epoch: number, ms = 0): bigint {
    return this.at(epoch * this.config.rules.epochSeconds * 1000 + ms);
  }

  /** Builds, verifies from bytes, and accepts one block with these transactions, all of them. */
  block(timestamp: bigint, txs: readonly ParsedTx[] = []): ParsedBlock {
    for (const tx of txs) this.mempool.add(tx);
    const built = buildBlock(this.chain, this.mempool, timestamp);
    this.acceptBytes(built.bytes);
    for (const tx of this.mempool.duties()) this.mempool.remove(tx);
    for (const tx of [...this.mempool.accountTxs()]) this.mempool.remove(tx);
    return built;
  }

  acceptBytes(bytes: Uint8Array): ParsedBlock {
    const block = parseBlock(bytes);
    this.chain.verify(block);
    this.chain.stateChanges(block.id);
    this.chain.accept(block.id);
    this.blocks.push(block);
    return block;
  }

  #accountHeader(account: TestAccount, pending = 0n) {
    const {nonce} = getAccount(this.state, account.address);
    return {
      networkId: NETWORK_ID,
      chainId: CHAIN_ID,
      sender: account.address,
      nonce: nonce + pending,
      fee: this.config.rules.minFee,
      expiryHeight: 1_000_000n,
    };
  }

  #sealAccount(account: TestAccount, unsigned: UnsignedTx): ParsedTx {
    const {nonce} = unsigned.value as {readonly nonce: bigint};
    return seal(unsigned, nonce === 0n ? account.key : undefined);
  }

  transfer(from: TestAccount, to: Address, amount: bigint, pending = 0n): ParsedTx {
    const value = {...this.#accountHeader(from, pending), body: {to, amount}};
    return this.#sealAccount(from, {type: 'transfer', value});
  }

  register(
    owner: TestAccount,
    node: TestNode,
    stake = this.config.rules.minStake,
    pending = 0n,
  ): ParsedTx {
    const body = {
      nodeId: node.nodeId,
      signatureScheme: SCHEME_ML_DSA_65,
      publicKey: node.key,
      kemScheme: SCHEME_ML_KEM_768,
      encryptionKey: kemKey(0),
      hashChainTip: node.links[0] ?? ZERO_HASH,
      stake,
      consent: SIGNATURE,
    } as const;
    const value = {...this.#accountHeader(owner, pending), body};
    return this.#sealAccount(owner, {type: 'registerServiceNode', value});
  }

  deregister(owner: TestAccount, {nodeId}: TestNode, pending = 0n): ParsedTx {
    return this.#account(owner, 'deregisterServiceNode', {nodeId}, pending);
  }

  #account<K extends AccountKind>(
    payer: TestAccount,
    type: K,
    body: AccountBodies[K],
    pending = 0n,
  ): ParsedTx {
    const value = {...this.#accountHeader(payer, pending), body};
    return this.#sealAccount(payer, {type, value} as UnsignedTx);
  }

  addStake(owner: TestAccount, {nodeId}: TestNode, amount: bigint, pending = 0n): ParsedTx {
    return this.#account(owner, 'addStake', {nodeId, amount}, pending);
  }

  withdraw(owner: TestAccount, {nodeId}: TestNode, pending = 0n): ParsedTx {
    return this.#account(owner, 'withdrawStake', {nodeId}, pending);
  }

  /** What the node key's next order needs: the node and its next sequence. */
  #order({nodeId}: TestNode) {
    const sequence = (getServiceNode(this.state, nodeId)?.sequence ?? 0n) + 1n;
    return {nodeId, sequence, signature: SIGNATURE};
  }

  rotate(payer: TestAccount, node: TestNode, number: number, hashChainTip?: Hash): ParsedTx {
    const encryptionKey = kemKey(number);
    const body = {
      ...this.#order(node),
      kemScheme: SCHEME_ML_KEM_768,
      encryptionKey,
      hashChainTip,
    } as const;
    return this.#account(payer, 'rotateTransportKey', body);
  }

  revoke(payer: TestAccount, node: TestNode, number: number): ParsedTx {
    const keyHash = sha256(kemKey(number));
    return this.#account(payer, 'revokeTransportKey', {...this.#order(node), keyHash});
  }

  maintain(payer: TestAccount, node: TestNode, fromEpoch: bigint, epochs: number): ParsedTx {
    return this.#account(payer, 'maintenance', {...this.#order(node), fromEpoch, epochs});
  }

  /** Two commitments of one node to different sets, the smaller C first. */
  evidence(payer: TestAccount, node: TestNode, at: Partial<EvidenceAt> = {}): ParsedTx {
    const {epoch = this.epoch.epoch, swarmId = this.swarmOf(node), revision = 0} = at;
    const signed = [EMPTY_SET, ONE_RECORD_SET].map((set) => ({
      duty: {
        ...this.#dutyHeader(node.nodeId, revision),
        epoch,
        body: {swarmId, set, reveal: undefined, dissent: new Uint8Array()},
      },
      signature: SIGNATURE,
    }));
    const c = ({duty}: (typeof signed)[number]): Hash =>
      commitmentOf(this.config, {epoch, swarmId}, duty.body.set);
    const [first, second] = signed.toSorted((a, b) => compareBytes(c(a), c(b)));
    if (first === undefined || second === undefined) throw new Error('two sets give two');
    return this.#account(payer, 'evidence', {first, second});
  }

  /** Of a kind whose rules come later: the format alone. */
  claim(payer: TestAccount): ParsedTx {
    const stamp = {clockMs: 0n, counter: 0, coordinator: toNodeId(new Uint8Array(20))};
    const receipt = {
      networkId: NETWORK_ID,
      chainId: CHAIN_ID,
      nodeId: stamp.coordinator,
      swarmId: 0,
      swarmExponent: 0,
      epoch: 0n,
      account: toSessionId(Uint8Array.of(7, ...new Uint8Array(32))),
      namespace: 0,
      id: ZERO_HASH,
      stamp,
      expiryMs: 0n,
    };
    const signed = {receipt, index: 0, count: 1, path: [], signature: SIGNATURE};
    return this.#account(payer, 'lossClaim', {receipt: signed, epoch: 0n, deposit: 1n});
  }

  answerClaim(payer: TestAccount): ParsedTx {
    const stamp = {clockMs: 0n, counter: 0, coordinator: toNodeId(new Uint8Array(20))};
    const account = toSessionId(Uint8Array.of(7, ...new Uint8Array(32)));
    const key = {account, namespace: 0, stamp, id: ZERO_HASH};
    const leaf = {key, entry: {type: 'end', value: {expiryMs: 0n}}} as const;
    const body = {claimId: ZERO_HASH, leaf, index: 0n, path: [ZERO_HASH]};
    return this.#account(payer, 'lossAnswer', body);
  }

  #dutyHeader(nodeId: NodeId, revision: number) {
    const epoch = this.epoch.epoch;
    return {networkId: NETWORK_ID, chainId: CHAIN_ID, epoch, revision, nodeId};
  }

  swarmOf({nodeId}: TestNode): number {
    return getServiceNode(this.state, nodeId)?.swarmId ?? 0;
  }

  /** Revision 0 with the right reveal, revision 1 without one. */
  commit(node: TestNode, revision: 0 | 1 = 0, set: StoredSet = EMPTY_SET): ParsedTx {
    const tip = getServiceNode(this.state, node.nodeId)?.hashChainTip;
    const index = node.links.findIndex(
      (link) => tip !== undefined && link.every((b, i) => b === tip[i]),
    );
    const reveal = revision === 0 ? node.links[index + 1] : undefined;
    const swarmId = this.swarmOf(node);
    const body = {swarmId, set, reveal, dissent: new Uint8Array()};
    const value = {...this.#dutyHeader(node.nodeId, revision), body};
    return seal({type: 'storageCommitment', value});
  }

  answer(node: TestNode, answer: Hash = ZERO_HASH): ParsedTx {
    const body = {
      answer,
      capacity: 1n << 30n,
      used: 0n,
      free: 1n << 30n,
      witness: new Uint8Array(),
    };
    return seal({type: 'uptimeResponse', value: {...this.#dutyHeader(node.nodeId, 0), body}});
  }

  /**
   * One whole epoch of the dev preset from its first block on: commitments of `committing`, answers
   * of `answering`, and the empty blocks that the rules ask for in between.
   */
  runEpoch(
    epoch: number,
    {committing, answering}: {committing: readonly TestNode[]; answering: readonly TestNode[]},
  ): void {
    const length = this.config.rules.epochSeconds * 1000;
    this.#tick(this.inEpoch(epoch));
    this.#tick(
      this.now + 1000n,
      committing.map((node) => this.commit(node)),
    );
    this.#tick(this.inEpoch(epoch, Math.floor(length / 6)));
    this.#tick(this.inEpoch(epoch, Math.floor(length / 3)));
    this.#tick(
      this.now + 1000n,
      answering.map((node) => this.answer(node)),
    );
    while (this.now < this.inEpoch(epoch, Math.floor((length * 5) / 6))) {
      this.block(this.chain.nextEmptyBlockTime);
    }
  }

  /** A block at this time, if it is still to come and there is something for it. */
  #tick(timestamp: bigint, txs: readonly ParsedTx[] = []): void {
    if (timestamp <= this.now) return;
    if (txs.length > 0 || this.chain.nextEmptyBlockTime <= timestamp) this.block(timestamp, txs);
  }
}
