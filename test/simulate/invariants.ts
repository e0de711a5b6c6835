import {bytesToKey, u32At} from '../../src/protocol/bytes.ts';
import {ACCOUNT_PREFIX, nodeIdOf, SEAT_PREFIX} from '../../src/protocol/chain/state-keys.ts';
import {Account, SEAT, type ServiceNode, STATUS} from '../../src/protocol/chain/state-records.ts';
import {decode} from '../../src/protocol/codec.ts';
import type {MerkleMap} from '../../src/vm/state/merkle-map.ts';
import {burnedTotal, getEpochState, getTotals} from '../../src/vm/state/singletons.ts';

/** A node's record, and the bytes that it was read from. The state never changes bytes, it replaces them. */
export type Observed = {readonly value: Uint8Array; readonly node: ServiceNode};

/** Every node's record, by bytesToKey. */
export type Records = ReadonlyMap<string, Observed>;

function hold(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken: ${what}`);
}

function checkNodes(
  map: MerkleMap,
  records: Records,
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
  for (const [nodeId, {node}] of records) {
    const {status, seat, swarmId, stake, misses, uptimeScore} = node;
    if (status === STATUS.retired) unbonding += stake;
    else [bonded, nodes] = [bonded + stake, nodes + 1];
    hold(misses <= 100 && uptimeScore >= 0 && uptimeScore <= 10_000, 'Bounds: misses and scores');
    hold(stake <= node.principal, 'Bounds: stake within principal');
    const held = seats.get(nodeId);
    hold((held !== undefined) === (seat !== SEAT.none), 'Partition: records and seats agree');
    if (held === undefined) continue;
    seated += 1;
    hold(held === swarmId && held < swarms, 'Partition: seats in swarms that exist');
  }
  hold(seated === seats.size, 'Partition: every seat has a node');
  return {bonded, unbonding, nodes};
}

/** The laws that can be seen in one state. SPEC.md §11. */
export function checkInvariants(map: MerkleMap, records: Records): void {
  const totals = getTotals(map);
  const {bonded, unbonding, nodes} = checkNodes(map, records);
  hold(bonded === totals.totalBonded, 'Conservation: totalBonded');
  hold(unbonding === totals.unbonding, 'Conservation: unbonding');
  hold(nodes === totals.nodeCount, 'Conservation: nodeCount');
  let balances = 0n;
  for (const [, value] of map.entries(ACCOUNT_PREFIX)) balances += decode(Account, value).balance;
  const held = balances + bonded + unbonding + totals.treasury + burnedTotal(totals);
  hold(held === totals.supply, 'Conservation: supply');
}
