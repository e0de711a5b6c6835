import {ClientError} from '../client/errors.ts';
import type {ChainRef} from '../client/transactions.ts';
import {nodeIdToString} from '../crypto/ids.ts';
import {MessagingError} from '../messaging/errors.ts';
import type {DutiesInfo} from '../protocol/api.ts';
import {type Hash, type NodeId, ZERO_HASH} from '../protocol/bytes.ts';
import {bitmapOf} from './bitmap.ts';
import {cutOf, hashOf, setOf} from './duties-view.ts';
import type {DutyLedger} from './duty-ledger.ts';
import type {DutyDraft} from './duty-signer.ts';
import type {DaemonPorts} from './ports.ts';
import type {Reveals} from './reveals.ts';
import type {Patience, StoredSetSource} from './stored-set-source.ts';
import type {WitnessProbes} from './witness-probes.ts';

const NO_BITS = new Uint8Array();

type Components = {
  readonly sets: StoredSetSource;
  readonly reveals: Reveals;
  readonly ledger: Pick<DutyLedger, 'doubts'>;
  readonly probes: Pick<WitnessProbes, 'report'>;
  readonly ports: Pick<DaemonPorts, 'freeBytes' | 'usedBytes'>;
};
type Init = {
  readonly chain: ChainRef;
  readonly nodeId: NodeId;
  readonly dataFolder: string;
  /** Bytes that the node offers. */
  readonly capacity: () => bigint;
};

function seatOf({swarmId}: DutiesInfo): number {
  if (swarmId !== null) return swarmId;
  throw new ClientError('CLIENT_BAD_RESPONSE', {path: 'getDuties.swarmId', problem: 'no seat'});
}

/**
 * How long others may be asked before the set is committed to as it is, which is better than no
 * commitment: a miss. In the last third of the round one that fails is not tried again either.
 */
function patienceOf({phaseEndMs, blockTimeMs, cutOffMs}: DutiesInfo): Patience {
  // Round A lasts twice as long as the time from the cut-off to its begin: E/6 and E/12.
  const thirdMs = ((phaseEndMs - cutOffMs) * 2) / 9;
  const leftMs = Math.max(0, phaseEndMs - blockTimeMs);
  const withinMs = Math.floor(Math.max(leftMs - thirdMs, leftMs / 2));
  return {withinMs, isLastChance: leftMs <= thirdMs};
}

/** In the last half of the answers, which are half an epoch long; the cut-off lies E/12 before it. */
function isWindowEnding({epochEndMs, blockTimeMs, cutOffMs}: DutiesInfo): boolean {
  const epochMs = ((epochEndMs - cutOffMs) * 12) / 13;
  return epochEndMs - blockTimeMs <= epochMs / 6 + epochMs / 4;
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

  /**
   * Revision 0: the own set, and the reveal.
   * @throws MessagingError MESSAGING_NO_MAJORITY while it cannot be known what was missed
   */
  async roundA(duties: DutiesInfo, tipPosition: number, signal: AbortSignal): Promise<DutyDraft> {
    const options = {...patienceOf(duties), signal};
    const {set} = await this.#components.sets.settle(cutOf(duties), seatOf(duties), options);
    const {position, reveal} = this.#components.reveals.below(tipPosition);
    const dissent = await this.#dissent(duties);
    const value = {swarmId: seatOf(duties), set, reveal, dissent};
    return {body: {type: 'storageCommitment', value}, revealed: position};
  }

  /** Whose answers of the epoch before were wrong, as this node computed them then. */
  async #dissent({previousEpoch, dissentMembers}: DutiesInfo): Promise<Uint8Array> {
    const doubts = await this.#components.ledger.doubts();
    if (doubts === undefined || doubts.epoch.toString() !== previousEpoch) return NO_BITS;
    const doubted = new Set(doubts.nodeIds.map(nodeIdToString));
    const bits = bitmapOf(dissentMembers, doubted);
    return bits.some((byte) => byte !== 0) ? bits : NO_BITS;
  }

  /**
   * Revision 1: a move to the largest group of round A (ties: smaller C) whose set this node could
   * fetch and verify. Nothing when it is in the largest already: a node without revision 1 ends on its
   * revision 0.
   * @throws MessagingError MESSAGING_OTHER_SET when there are larger ones and it has none of their sets so far
   */
  async roundB(duties: DutiesInfo, signal: AbortSignal): Promise<DutyDraft | undefined> {
    const own = duties.accepted.roundA?.c;
    const groups = [...duties.roundA].sort(bySizeThenC);
    if (groups[0]?.c === own) return undefined;
    for (const group of groups) {
      if (group.c === own) break;
      const target = {c: hashOf(group.c), set: setOf(group)};
      if (!(await this.#components.sets.moveTo(cutOf(duties), target, signal))) continue;
      const value = {swarmId: seatOf(duties), set: target.set, reveal: undefined, dissent: NO_BITS};
      return {body: {type: 'storageCommitment', value}};
    }
    throw new MessagingError('MESSAGING_OTHER_SET', {epoch: duties.epoch});
  }

  /**
   * The answer on W, or 32 zero bytes when the swarm has none; capacity, used and free ride on it.
   * Used is never below the bytes of W, and used + free never above the capacity, as judged: a node that
   * uses more than it offers does offer that much.
   * A newcomer that does not hold W yet says so by zero bytes.
   * @throws MessagingError when this node does not hold W.
   */
  async answer(duties: DutiesInfo, signal: AbortSignal): Promise<DutyDraft> {
    const {ports} = this.#components;
    const {dataFolder} = this.#init;
    const offered = this.#init.capacity();
    const answer = await this.#possession(duties, signal);
    const taken = await ports.usedBytes(dataFolder);
    const ofW = BigInt(duties.w?.bytes ?? '0');
    const used = taken > ofW ? taken : ofW;
    const capacity = offered > used ? offered : used;
    const left = capacity - used;
    const onDisk = await ports.freeBytes(dataFolder);
    const free = onDisk < left ? onDisk : left;
    const witness = await this.#components.probes.report(duties, signal);
    const value = {answer, capacity, used, free, witness};
    return {body: {type: 'uptimeResponse', value}};
  }

  async #possession(duties: DutiesInfo, signal: AbortSignal): Promise<Hash> {
    const {w, mix} = duties;
    if (w === null || w === undefined) return ZERO_HASH;
    if (mix === null) {
      throw new ClientError('CLIENT_BAD_RESPONSE', {path: 'getDuties.mix', problem: 'not drawn'});
    }
    const {sets} = this.#components;
    const [cut, c, set] = [cutOf(duties), hashOf(w.c), setOf(w)];
    const seed = {mix: hashOf(mix), w: c, nodeId: this.#init.nodeId};
    try {
      return await sets.answer(cut, seed, set);
    } catch (error) {
      const isOther = error instanceof MessagingError && error.code === 'MESSAGING_OTHER_SET';
      if (isOther && (await sets.moveTo(cut, {c, set}, signal))) {
        return sets.answer(cut, seed, set);
      }
      if (isOther && duties.joining && isWindowEnding(duties)) return ZERO_HASH;
      throw error;
    }
  }
}
