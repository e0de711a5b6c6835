import {sha256} from '../../src/crypto/hash.ts';
import {
  bytesToKey,
  type Hash,
  type NodeId,
  toAddress,
  toSignature,
  toTxId,
  utf8ToBytes,
  ZERO_HASH,
} from '../../src/protocol/bytes.ts';
import type {DutyBodies, DutyKind, UnsignedTx} from '../../src/protocol/chain/tx.ts';
import {bySwarm, dutiesOf} from '../../src/vm/epoch/duty-entries.ts';
import {executeTx} from '../../src/vm/execute-txs.ts';
import type {NodeJudgement} from '../../src/vm/judge.ts';
import {openBlock} from '../../src/vm/open-block.ts';
import type {ParsedTx} from '../../src/vm/parsed-tx.ts';
import {getSwarmEpoch} from '../../src/vm/state/duties.ts';
import type {MerkleMap} from '../../src/vm/state/merkle-map.ts';
import {putServiceNode, unretiredNodes} from '../../src/vm/state/service-nodes.ts';
import {StateView} from '../../src/vm/state/view.ts';
import type {Driver} from '../vm/driver.ts';
import {populated} from './state.ts';

const NO_BYTES = new Uint8Array();
const NO_SIGNATURE = toSignature(new Uint8Array(3309));
const SET = {
  root: sha256(utf8ToBytes('a set')),
  recordCount: 1000n,
  chunkCount: 2000n,
  bytes: 2_000_000n,
};
const GIB = 2n ** 30n;
const STORAGE = {capacity: 20n * GIB, used: GIB, free: 19n * GIB};
/** Every witness says of each of its targets, some 64 of them, that it was there. */
const ALL_SEEN = new Uint8Array(12).fill(0xff);
/** In one swarm of eight, two members call the answer of their first wrong: heard, and not enough. */
const DISSENT = Uint8Array.of(1);
const DISSENT_EVERY = 8;
const DISSENTERS = [1, 2];
const SECOND_MS = 1000;

/** Preimages, the tip first: link i + 1 hashes to link i. */
function hashChain(name: string, length: number): Hash[] {
  const links = [sha256(utf8ToBytes(name))];
  for (let i = 1; i < length; i++) links.push(sha256(links.at(-1) ?? NO_BYTES));
  return links.reverse();
}

/** A chain on which everybody does all duties: what a turn of the epoch costs when it has work. */
export class WorkingChain {
  readonly #driver: Driver;
  readonly #links = new Map<string, readonly Hash[]>();
  #map: MerkleMap;
  #height = 0n;
  #txs = 0;
  #reveals = 0;

  constructor(nodes: number, epochs: number) {
    const {driver, map} = populated(nodes);
    this.#driver = driver;
    const state = new StateView(map);
    for (const [nodeId, node] of [...unretiredNodes(map)]) {
      const links = hashChain(`links of ${bytesToKey(nodeId)}`, epochs + 1);
      this.#links.set(bytesToKey(nodeId), links);
      // Owners differ, or nobody could witness for anybody.
      const owner = toAddress(nodeId);
      putServiceNode(state, nodeId, {...node, owner, hashChainTip: links[0] ?? ZERO_HASH});
    }
    this.#map = state.map;
  }

  /** One block, its root included. */
  #block(epoch: number, ms: number, txs: readonly ParsedTx[] = []): readonly NodeJudgement[] {
    this.#height += 1n;
    const position = {height: this.#height, timestamp: this.#driver.inEpoch(epoch, ms)};
    const state = new StateView(this.#map);
    const open = openBlock(this.#driver.config, state, position);
    for (const tx of txs) executeTx(tx, open);
    this.#map = state.map;
    this.#map.root();
    return open.judgements;
  }

  #seal<K extends DutyKind>(
    type: K,
    {epoch, nodeId}: {readonly epoch: bigint; readonly nodeId: NodeId},
    body: DutyBodies[K],
  ): ParsedTx {
    this.#txs += 1;
    const {networkId, chainId} = this.#driver.config;
    const value = {networkId, chainId, epoch, revision: 0, nodeId, body};
    const tx = {unsigned: {type, value} as UnsignedTx, publicKey: undefined};
    const id = toTxId(sha256(utf8ToBytes(`tx ${this.#txs}`)));
    return {id, bytes: NO_BYTES, tx: {...tx, signature: NO_SIGNATURE}};
  }

  #commitments(epoch: bigint): ParsedTx[] {
    this.#reveals += 1;
    const isFirst = this.#reveals === 1;
    const swarms = [...bySwarm(dutiesOf(this.#map, epoch)).values()];
    return swarms.flatMap((members) =>
      members.map(({nodeId, swarmId}, index) => {
        const dissents = swarmId % DISSENT_EVERY === 0 && DISSENTERS.includes(index);
        const dissent = dissents && !isFirst ? DISSENT : NO_BYTES;
        const reveal = this.#links.get(bytesToKey(nodeId))?.[this.#reveals];
        const body = {swarmId, set: SET, reveal, dissent};
        return this.#seal('storageCommitment', {epoch, nodeId}, body);
      }),
    );
  }

  #answers(epoch: bigint): ParsedTx[] {
    return dutiesOf(this.#map, epoch).map(({nodeId, swarmId}) => {
      const w = getSwarmEpoch(this.#map, {epoch, swarmId})?.w;
      const answer = w?.c ?? ZERO_HASH;
      return this.#seal('uptimeResponse', {epoch, nodeId}, {answer, ...STORAGE, witness: ALL_SEEN});
    });
  }

  /**
   * The first block of an epoch alone, with its root.
   * @throws Error when the epoch before was not judged in full: the figure would say nothing.
   */
  turn(epoch: number): number {
    const start = performance.now();
    const judgements = this.#block(epoch, 0);
    const took = performance.now() - start;
    const passed = judgements.filter(({verdict}) => verdict === 'pass').length;
    const isWhole = passed === this.#links.size;
    if (epoch > 1 && !isWhole) throw new Error(`only ${passed} nodes passed epoch ${epoch - 1}`);
    return took;
  }

  /** All duties of an epoch that has turned. */
  work(number: number): void {
    const epoch = BigInt(number);
    const length = this.#driver.config.rules.epochSeconds * SECOND_MS;
    this.#block(number, SECOND_MS / 2, this.#commitments(epoch));
    this.#block(number, SECOND_MS);
    this.#block(number, Math.floor(length / 6));
    this.#block(number, Math.floor(length / 3));
    this.#block(number, Math.floor(length / 3) + SECOND_MS, this.#answers(epoch));
    for (let i = 0; i < this.#driver.config.rules.answerHeights; i++) {
      this.#block(number, length / 2 + i * SECOND_MS);
    }
    this.#block(number, Math.ceil((length * 5) / 6));
  }
}
