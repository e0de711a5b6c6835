import {taggedHash} from '../crypto/hash.ts';
import {
  type Address,
  bytesToBigInt,
  bytesToKey,
  type Hash,
  type NodeId,
} from '../protocol/bytes.ts';
import {HASH_TAG} from '../protocol/domains.ts';

/** A swarm takes any number of newcomers while it has fewer members than this that stay. */
const SMALL_SWARM = 6;

export type SeatedNode = {
  readonly swarmId: number;
  readonly owner: Address;
  /** On its way out: its owner counts, its seat does not. */
  readonly leaving: boolean;
};
export type Candidate = {readonly nodeId: NodeId; readonly owner: Address};
export type Placement = {readonly nodeId: NodeId; readonly swarmId: number};

export type PlacementInit = {
  readonly mix: Hash;
  /** k: there are 2^k swarms. */
  readonly swarmExponent: number;
  /** Seats filled per epoch in a swarm that is no longer small; 0 means any number. */
  readonly seatsPerEpoch: number;
  readonly seated: Iterable<SeatedNode>;
  /** In NodeID order. */
  readonly candidates: readonly Candidate[];
};

type Swarm = {readonly id: number; size: number; filled: number; readonly owners: Set<string>};

function bySizeThenId(a: Swarm, b: Swarm): number {
  return a.size - b.size || a.id - b.id;
}

/** Moves the swarm at `index` behind those that are now smaller than it. */
function settle(order: Swarm[], index: number): void {
  for (let i = index; i + 1 < order.length; i++) {
    const [here, next] = [order[i], order[i + 1]];
    if (here === undefined || next === undefined || bySizeThenId(here, next) < 0) return;
    order[i] = next;
    order[i + 1] = here;
  }
}

function drawIndex(mix: Hash, nodeId: NodeId, count: number): number {
  const draw = bytesToBigInt(taggedHash(HASH_TAG.placement, mix, nodeId));
  return Number(draw % BigInt(count));
}

/**
 * Gives every candidate a seat that the rules allow: drawn by the mix among the
 * max(1, 2^k // 4) smallest swarms, those without a member of the same owner first.
 * Candidates that find no open swarm are left out. Chain-rules §7, SPEC.md §6.4.
 */
export function placeNodes(init: PlacementInit): Placement[] {
  const {mix, swarmExponent, seatsPerEpoch, seated, candidates} = init;
  const count = 2 ** swarmExponent;
  const swarms = Array.from({length: count}, (_, id): Swarm => {
    return {id, size: 0, filled: 0, owners: new Set()};
  });
  for (const {swarmId, owner, leaving} of seated) {
    const swarm = swarms[swarmId];
    if (swarm === undefined) continue;
    if (!leaving) swarm.size += 1;
    swarm.owners.add(bytesToKey(owner));
  }
  const order = swarms.sort(bySizeThenId);
  const isOpen = ({size, filled}: Swarm): boolean =>
    size < SMALL_SWARM || seatsPerEpoch === 0 || filled < seatsPerEpoch;
  const width = Math.max(1, Math.floor(count / 4));
  const placements: Placement[] = [];
  for (const {nodeId, owner} of candidates) {
    const few: Swarm[] = [];
    for (const swarm of order) {
      if (few.length === width) break;
      if (isOpen(swarm)) few.push(swarm);
    }
    if (few.length === 0) break;
    const ownerKey = bytesToKey(owner);
    const strangers = few.filter(({owners}) => !owners.has(ownerKey));
    const among = strangers.length > 0 ? strangers : few;
    const chosen = among[drawIndex(mix, nodeId, among.length)];
    if (chosen === undefined) break;
    chosen.size += 1;
    chosen.filled += 1;
    chosen.owners.add(ownerKey);
    settle(order, order.indexOf(chosen));
    placements.push({nodeId, swarmId: chosen.id});
  }
  return placements;
}
