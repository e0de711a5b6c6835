import {nodeIdToString} from '../../crypto/ids.ts';
import type {
  MaintenanceInfo,
  NodeNotesInfo,
  TransportKeysInfo,
} from '../../protocol/api-node-notes.ts';
import {compareBytes, type NodeId} from '../../protocol/bytes.ts';
import {FAULT_PAUSE_EPOCHS, MAINTENANCE_WINDOW} from '../../protocol/chain/limits.ts';
import type {ServiceNode} from '../../protocol/chain/state-records.ts';
import {isReturning} from '../../vm/node-duties.ts';
import {
  faultRecords,
  leavingRecords,
  maintenanceRecords,
  transportKeys,
  witnessRecords,
} from '../../vm/state/node-notes.ts';
import {swarmMembers} from '../../vm/state/seats.ts';
import type {StateReader} from '../../vm/state/view.ts';
import {hex} from './hex.ts';

/** Epochs from now until a transition; 0 for one that has come. */
function epochsUntil(transition: bigint, transitions: bigint): string {
  return (transition > transitions ? transition - transitions : 0n).toString();
}

function transportKeysView(
  state: StateReader,
  nodeId: NodeId,
  transitions: bigint,
): TransportKeysInfo {
  const {previousKey, previousUntil, nextHashChainTip, revoked} = transportKeys.get(state, nodeId);
  return {
    revoked,
    previous:
      previousKey === undefined
        ? null
        : {encryptionKey: hex(previousKey), epochsLeft: epochsUntil(previousUntil, transitions)},
    nextHashChainTip: nextHashChainTip === undefined ? null : hex(nextHashChainTip),
  };
}

function maintenanceView(
  state: StateReader,
  nodeId: NodeId,
  transitions: bigint,
): MaintenanceInfo | null {
  const {fromEpoch, epochsLeft, spent} = maintenanceRecords.get(state, nodeId);
  const recent = spent.filter((transition) => transition + MAINTENANCE_WINDOW > transitions);
  // The transition into the running epoch is the last one that was spent.
  const isRunning = spent.at(-1) === transitions;
  const phase = isRunning ? 'running' : epochsLeft > 0 ? 'announced' : 'none';
  if (phase === 'none' && recent.length === 0) return null;
  return {phase, fromEpoch: fromEpoch.toString(), epochsLeft, epochsSpent: recent.length};
}

/** 1 for the next of its swarm that may leave; null for a node that does not wait. */
function queuePosition(state: StateReader, nodeId: NodeId, {swarmId}: ServiceNode): number | null {
  const own = leavingRecords.get(state, nodeId).queuedAt;
  if (own === undefined) return null;
  let position = 1;
  for (const other of swarmMembers(state, swarmId)) {
    const {queuedAt} = leavingRecords.get(state, other);
    if (queuedAt === undefined || queuedAt > own) continue;
    if (queuedAt < own || compareBytes(other, nodeId) < 0) position += 1;
  }
  return position;
}

/** What the state keeps of a node beside its two main records. SPEC.md §8.1. */
export function nodeNotesView(
  state: StateReader,
  {nodeId, node, transitions}: {nodeId: NodeId; node: ServiceNode; transitions: bigint},
): NodeNotesInfo {
  const {successor} = leavingRecords.get(state, nodeId);
  const {excludedUntil} = witnessRecords.get(state, nodeId);
  const fault = faultRecords.has(state, nodeId) ? faultRecords.get(state, nodeId) : undefined;
  return {
    sequence: node.sequence.toString(),
    transportKeys: transportKeysView(state, nodeId, transitions),
    maintenance: maintenanceView(state, nodeId, transitions),
    returning: isReturning(node),
    queuePosition: queuePosition(state, nodeId, node),
    successor: successor === undefined ? null : nodeIdToString(successor),
    fault:
      fault === undefined
        ? null
        : {
            epoch: fault.epoch.toString(),
            pauseEpochs: epochsUntil(fault.transition + FAULT_PAUSE_EPOCHS, transitions),
          },
    witnessExcludedEpochs:
      excludedUntil > transitions ? epochsUntil(excludedUntil, transitions) : null,
  };
}
