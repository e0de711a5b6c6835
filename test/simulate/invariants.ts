import {bytesToKey, u32At} from '../../src/protocol/bytes.ts';
import {ACCOUNT_PREFIX, nodeIdOf, SEAT_PREFIX} from '../../src/protocol/chain/state-keys.ts';
import {Account, SEAT, type ServiceNode, STATUS} from '../../src/protocol/chain/state-records.ts';
import {decode} from '../../src/protocol/codec.ts';
import type {MerkleMap} from '../../src/vm/state/merkle-map.ts';
import {burnedTotal, getEpochState, getTotals} from '../../src/vm/state/singletons.ts';

/** A node by bytesToKey, its record, and the bytes of that. The state never changes bytes, it replaces them. */
export type Observed = {
  readonly id: string;
  readonly value: Uint8Array;
  readonly record: ServiceNode;
};

function hold(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken: ${what}`);
}

function checkNodes(
  map: MerkleMap,
  observed: readonly Observed[],
): {bonded: bigint; unbonding: bigint; nodes: number} {
  const seats = new Map<string, number>();
  for (const [key] of map.entries(SEAT_PREFIX)) {
    const swarmId = u32At(key, 1);
    const nodeId = bytesToKey(nodeIdOf(key));
    hold(!seats.has(nodeId), 'Partition: one seat per node');
    seats.set(nodeId, swarmId);
  }
  const swarms = 2 ** getEpochState(map).swarmExponent;
  let [bonded, unbonding, nodes, seated] = [0n, 0n, 0, 0];
  for (const {id, record} of observed) {
    const {status, seat, swarmId, stake, misses, uptimeScore} = record;
    if (status === STATUS.retired) unbonding += stake;
    else [bonded, nodes] = [bonded + stake, nodes + 1];
    hold(misses <= 100 && uptimeScore >= 0 && uptimeScore <= 10_000, 'Bounds: misses and scores');
    hold(stake <= record.principal, 'Bounds: stake within principal');
    if (seat === SEAT.none) continue;
    seated += 1;
    hold(seats.get(id) === swarmId && swarmId < swarms, 'Partition: records and seats agree');
  }
  hold(seated === seats.size, 'Partition: every seat has a node');
  return {bonded, unbonding, nodes};
}

/** The laws that can be seen in one state. SPEC.md §11. */
export function checkInvariants(map: MerkleMap, observed: readonly Observed[]): void {
  const totals = getTotals(map);
  const {bonded, unbonding, nodes} = checkNodes(map, observed);
  hold(bonded === totals.totalBonded, 'Conservation: totalBonded');
  hold(unbonding === totals.unbonding, 'Conservation: unbonding');
  hold(nodes === totals.nodeCount, 'Conservation: nodeCount');
  let balances = 0n;
  for (const [, value] of map.entries(ACCOUNT_PREFIX)) balances += decode(Account, value).balance;
  const held = balances + bonded + unbonding + totals.treasury + burnedTotal(totals);
  hold(held === totals.supply, 'Conservation: supply');
}
