import {sha256} from '../../src/crypto/hash.ts';
import {
  bytesToKey,
  type Hash,
  type NodeId,
  utf8ToBytes,
  ZERO_HASH,
} from '../../src/protocol/bytes.ts';
import type {StoredSet} from '../../src/protocol/chain/storage-commitment.ts';
import type {DutyBodies, DutyKind, UnsignedTx} from '../../src/protocol/chain/tx.ts';
import {bySwarm, type DutyEntry, dutiesOf} from '../../src/vm/epoch/duty-entries.ts';
import type {ParsedTx} from '../../src/vm/parsed-tx.ts';
import {getSwarmEpoch} from '../../src/vm/state/duties.ts';
import {CHAIN_ID, NETWORK_ID} from '../vm/driver.ts';
import type {SimulatedChain} from './chain.ts';
import type {SimNode} from './sim-node.ts';

const GIB = 1024n ** 3n;
const CAPACITY = 20n * GIB;
const RECORD_BYTES = 2000n;

/** Sets of the epoch that was asked for last. */
const remembered = {epoch: -1, sets: new Map<number, StoredSet>()};

/** What all members of a swarm store: it grows and shrinks a little with the epochs. */
export function storedSet(epoch: number, swarmId: number): StoredSet {
  if (remembered.epoch !== epoch) {
    remembered.epoch = epoch;
    remembered.sets.clear();
  }
  const set = remembered.sets.get(swarmId) ?? makeSet(epoch, swarmId);
  remembered.sets.set(swarmId, set);
  return set;
}

function makeSet(epoch: number, swarmId: number): StoredSet {
  const recordCount = BigInt(1000 + ((epoch * 37 + swarmId * 11) % 200));
  const root = sha256(utf8ToBytes(`set ${epoch} ${swarmId}`));
  return {root, recordCount, chunkCount: recordCount * 2n, bytes: recordCount * RECORD_BYTES};
}

/** A set that nobody else has: the second word of an equivocator. */
export function otherSet(set: StoredSet): StoredSet {
  return {...set, root: sha256(set.root)};
}

export type Assigned = DutyEntry & {readonly node: SimNode};

/** Who has duties in the running epoch, and what they have to say. */
export class EpochDuties {
  readonly epoch: number;
  readonly all: readonly Assigned[];
  readonly #chain: SimulatedChain;
  readonly #agreed = new Map<number, Hash>();

  constructor(chain: SimulatedChain, epoch: number, nodes: ReadonlyMap<string, SimNode>) {
    this.#chain = chain;
    this.epoch = epoch;
    this.all = dutiesOf(chain.map, BigInt(epoch)).map((entry): Assigned => {
      const node = nodes.get(bytesToKey(entry.nodeId));
      if (node === undefined) throw new Error('a duty of a node that is not simulated');
      return {...entry, node};
    });
  }

  /** Members of every swarm, in the order that dissent bitmaps have. */
  members(): ReadonlyMap<number, readonly DutyEntry[]> {
    return bySwarm(this.all);
  }

  #seal<K extends DutyKind>(nodeId: NodeId, type: K, body: DutyBodies[K]): ParsedTx {
    const header = {networkId: NETWORK_ID, chainId: CHAIN_ID, epoch: BigInt(this.epoch)};
    const value = {...header, revision: 0, nodeId, body};
    return this.#chain.seal({type, value} as UnsignedTx);
  }

  commitment({node, nodeId, swarmId}: Assigned, dissent: Uint8Array): ParsedTx {
    const set = storedSet(this.epoch, swarmId);
    return this.#seal(nodeId, 'storageCommitment', {swarmId, set, reveal: node.reveal(), dissent});
  }

  /** C of W, once the chain has fixed it. */
  #agreedOn(swarmId: number): Hash | undefined {
    const known = this.#agreed.get(swarmId);
    if (known !== undefined) return known;
    const c = getSwarmEpoch(this.#chain.map, {epoch: BigInt(this.epoch), swarmId})?.w?.c;
    if (c !== undefined) this.#agreed.set(swarmId, c);
    return c;
  }

  answer({node, nodeId, swarmId}: Assigned, witness: Uint8Array): ParsedTx {
    const c = this.#agreedOn(swarmId);
    const answer = c === undefined ? ZERO_HASH : node.answerFor(c);
    const used = storedSet(this.epoch, swarmId).bytes + 4096n;
    const body = {answer, capacity: CAPACITY, used, free: CAPACITY - used, witness};
    return this.#seal(nodeId, 'uptimeResponse', body);
  }
}
