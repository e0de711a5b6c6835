import {ClientError} from '../client/errors.ts';
import type {ChainRef} from '../client/transactions.ts';
import {commitmentOf} from '../messaging/stored-set.ts';
import type {DutiesInfo, StoredSetInfo} from '../protocol/api.ts';
import {
  bytesToHex,
  type Hash,
  hexToBytes,
  type NodeId,
  toHash,
  ZERO_HASH,
} from '../protocol/bytes.ts';
import type {StoredSet} from '../protocol/chain/storage-commitment.ts';
import type {DutyDraft} from './duty-signer.ts';
import type {DaemonPorts} from './ports.ts';
import type {Reveals} from './reveals.ts';
import type {StoredSetSource} from './stored-set-source.ts';

const NO_BITS = new Uint8Array();

type Components = {
  readonly sets: StoredSetSource;
  readonly reveals: Reveals;
  readonly ports: Pick<DaemonPorts, 'freeBytes' | 'usedBytes'>;
};
type Init = {
  readonly chain: ChainRef;
  readonly nodeId: NodeId;
  readonly dataFolder: string;
  /** Bytes that the node offers. */
  readonly capacity: bigint;
};

const hashOf = (text: string): Hash => toHash(hexToBytes(text));

function setOf({root, recordCount, chunkCount, bytes}: StoredSetInfo): StoredSet {
  return {
    root: hashOf(root),
    recordCount: BigInt(recordCount),
    chunkCount: BigInt(chunkCount),
    bytes: BigInt(bytes),
  };
}

function seatOf({swarmId}: DutiesInfo): number {
  if (swarmId !== null) return swarmId;
  throw new ClientError('CLIENT_BAD_RESPONSE', {path: 'getDuties.swarmId', problem: 'no seat'});
}

const bySizeThenC = (
  a: {readonly c: string; readonly count: number},
  b: {readonly c: string; readonly count: number},
): number => b.count - a.count || (a.c < b.c ? -1 : 1);

/** What a node says in each of its three duties, from what the chain and its records say. */
export class DutyDrafts {
  readonly #components: Components;
  readonly #init: Init;

  constructor(components: Components, init: Init) {
    this.#components = components;
    this.#init = init;
  }

  async #held(duties: DutiesInfo): Promise<{readonly set: StoredSet; readonly c: string}> {
    const {networkId, chainId} = this.#init.chain;
    const swarmId = seatOf(duties);
    const set = await this.#components.sets.setAt(BigInt(duties.cutOffMs));
    const c = commitmentOf({networkId, chainId, epoch: BigInt(duties.epoch), swarmId, set});
    return {set, c: `0x${bytesToHex(c)}`};
  }

  /** Revision 0: the own set, and the reveal. */
  async roundA(duties: DutiesInfo, tipPosition: number): Promise<DutyDraft> {
    const {set} = await this.#held(duties);
    const {position, reveal} = this.#components.reveals.below(tipPosition);
    const value = {swarmId: seatOf(duties), set, reveal, dissent: NO_BITS};
    return {body: {type: 'storageCommitment', value}, revealed: position};
  }

  /**
   * Revision 1: a move to the largest group of round A (ties: smaller C) whose set this node holds.
   * Nothing when that is the group it is already in: a node without revision 1 ends on its revision 0.
   */
  async roundB(duties: DutiesInfo): Promise<DutyDraft | undefined> {
    const own = duties.accepted.roundA?.c;
    const {set, c} = await this.#held(duties);
    const groups = [...duties.roundA].sort(bySizeThenC);
    const target = groups.find((group) => group.c === own || group.c === c);
    if (target === undefined || target.c === own) return undefined;
    const value = {swarmId: seatOf(duties), set, reveal: undefined, dissent: NO_BITS};
    return {body: {type: 'storageCommitment', value}};
  }

  /**
   * The answer on W, or 32 zero bytes when the swarm has none; capacity, used and free ride on it.
   * Used is never below the bytes of W, and used + free never above the capacity, as judged.
   * @throws MessagingError when this node does not hold W.
   */
  async answer(duties: DutiesInfo): Promise<DutyDraft> {
    const {ports} = this.#components;
    const {capacity, dataFolder} = this.#init;
    const answer = await this.#possession(duties);
    const taken = await ports.usedBytes(dataFolder);
    const ofW = BigInt(duties.w?.bytes ?? '0');
    const used = taken > ofW ? taken : ofW;
    const left = capacity > used ? capacity - used : 0n;
    const onDisk = await ports.freeBytes(dataFolder);
    const free = onDisk < left ? onDisk : left;
    const value = {answer, capacity, used, free, witness: NO_BITS};
    return {body: {type: 'uptimeResponse', value}};
  }

  async #possession({w, mix, cutOffMs}: DutiesInfo): Promise<Hash> {
    if (w === null || w === undefined) return ZERO_HASH;
    if (mix === null) {
      throw new ClientError('CLIENT_BAD_RESPONSE', {path: 'getDuties.mix', problem: 'not drawn'});
    }
    const seed = {mix: hashOf(mix), w: hashOf(w.c), nodeId: this.#init.nodeId};
    return this.#components.sets.answer(BigInt(cutOffMs), seed, setOf(w));
  }
}
