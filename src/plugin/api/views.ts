import {addressToString, idToString, nodeIdToString} from '../../crypto/ids.ts';
import type {BlockInfo, ServiceNodeInfo, StoredSetInfo} from '../../protocol/api.ts';
import type {NodeId} from '../../protocol/bytes.ts';
import {UNASSIGNED_SWARM} from '../../protocol/chain/limits.ts';
import {
  LEAVING,
  MISS_REASON,
  SEAT,
  type ServiceNode,
  type ServiceNodeKeys,
  STATUS,
  VERDICT,
} from '../../protocol/chain/state-records.ts';
import type {StoredSet} from '../../protocol/chain/storage-commitment.ts';
import type {ParsedBlock} from '../../vm/parsed-block.ts';
import type {StateReader} from '../../vm/state/view.ts';
import {hex} from './hex.ts';
import {nodeNotesView} from './node-notes-view.ts';

/** Unix ms and seconds fit a JSON number. */
export const instant = (time: bigint): number => Number(time);

export function nameOf<Names extends Readonly<Record<string, number>>>(
  names: Names,
  value: number,
): keyof Names {
  const found = Object.keys(names).find((name) => names[name] === value);
  return found as keyof Names;
}

export function reasonNames(mask: number): readonly string[] {
  return Object.entries(MISS_REASON)
    .filter(([, bit]) => (mask & bit) !== 0)
    .map(([name]) => name);
}

export function blockView(block: ParsedBlock, withBytes: boolean): BlockInfo {
  return {
    id: idToString(block.id),
    parentId: idToString(block.parentId),
    height: block.height.toString(),
    timestampMs: instant(block.timestamp),
    stateRoot: hex(block.stateRoot),
    txIds: block.txs.map(({id}) => idToString(id)),
    size: block.bytes.length,
    ...(withBytes ? {bytes: hex(block.bytes)} : {}),
  };
}

export function storedSetView({root, recordCount, chunkCount, bytes}: StoredSet): StoredSetInfo {
  return {
    root: hex(root),
    recordCount: recordCount.toString(),
    chunkCount: chunkCount.toString(),
    bytes: bytes.toString(),
  };
}

export type NodeRecord = {
  readonly nodeId: NodeId;
  readonly node: ServiceNode;
  readonly keys: ServiceNodeKeys;
  /** Epoch transitions so far. */
  readonly transitions: bigint;
};

export function serviceNodeView(
  state: StateReader,
  {nodeId, node, keys, transitions}: NodeRecord,
): ServiceNodeInfo {
  const hasClock = node.status === STATUS.decommissioning && node.retiresAtTransition > 0n;
  return {
    ...nodeNotesView(state, {nodeId, node, transitions}),
    nodeId: nodeIdToString(nodeId),
    publicKey: hex(keys.publicKey),
    encryptionKey: hex(keys.encryptionKey),
    stake: node.stake.toString(),
    swarmId: node.swarmId === UNASSIGNED_SWARM ? null : node.swarmId,
    status: nameOf(STATUS, node.status),
    registeredAt: instant(node.registeredAt),
    lastPingAt: instant(node.lastPingAt),
    uptimeScore: node.uptimeScore,
    owner: addressToString(node.owner),
    leaving: nameOf(LEAVING, node.leaving),
    seat: nameOf(SEAT, node.seat),
    principal: node.principal.toString(),
    misses: node.misses,
    credit: node.credit,
    registeredEpoch: node.registeredEpoch.toString(),
    lastVerdict: nameOf(VERDICT, node.lastVerdict),
    lastMissReasons: reasonNames(node.lastMissReasons),
    lastMissEpoch: node.lastMissEpoch.toString(),
    epochsToRetirement: hasClock ? (node.retiresAtTransition - transitions).toString() : null,
    unbondsAt: instant(node.unbondsAt),
  };
}
