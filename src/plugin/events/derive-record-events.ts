import {bytesToKey, compareBytes, equalBytes, type NodeId, toNodeId} from '../../protocol/bytes.ts';
import {
  MaintenanceRecord,
  SwarmHistory,
  TransportKeys,
} from '../../protocol/chain/sparse-records.ts';
import {
  MAINTENANCE_PREFIX,
  SEAT_PREFIX,
  SERVICE_NODE_KEYS_PREFIX,
  SERVICE_NODE_PREFIX,
  SWARM_HISTORY_PREFIX,
  serviceNodeKey,
  TRANSPORT_KEYS_PREFIX,
} from '../../protocol/chain/state-keys.ts';
import {SEAT, ServiceNode} from '../../protocol/chain/state-records.ts';
import {decode} from '../../protocol/codec.ts';
import type {StateChange} from '../../vm/chain.ts';
import type {StateReader} from '../../vm/state/view.ts';
import {
  MEMBER_CHANGE,
  type MemberChange,
  NODE_CHANGE,
  type StoredEvent,
  type StoredNodeFacts,
} from './stored-event.ts';

type Value = Uint8Array | undefined;

/** One record before and after the block. */
type Changed = {readonly key: Uint8Array; readonly before: Value; readonly after: Value};

/** Of a ServiceNode's bytes: status, leaving, seat, swarmId, stake. Most blocks change none of them. */
const FACTS_START = 20;
const FACTS_END = FACTS_START + 1 + 1 + 1 + 4 + 8;

function hasSameFacts(before: Uint8Array, after: Uint8Array): boolean {
  const old = before.subarray(FACTS_START, FACTS_END);
  return equalBytes(old, after.subarray(FACTS_START, FACTS_END));
}

function factsOf(value: Value): StoredNodeFacts | undefined {
  if (value === undefined) return undefined;
  const {status, leaving, seat, swarmId, stake} = decode(ServiceNode, value);
  return {status, leaving, seat, swarmId, stake};
}

/** Bits of NODE_CHANGE that the record itself shows. */
function recordChanges({before, after}: Changed): number {
  if (before === undefined) return NODE_CHANGE.registered;
  if (after === undefined) return NODE_CHANGE.removed;
  if (hasSameFacts(before, after)) return 0;
  const [old, now] = [factsOf(before), factsOf(after)];
  if (old === undefined || now === undefined) return 0;
  let changes = 0;
  const isOther = old.status !== now.status || old.leaving !== now.leaving;
  if (isOther) changes |= NODE_CHANGE.status;
  if (old.seat !== now.seat || old.swarmId !== now.swarmId) changes |= NODE_CHANGE.seat;
  if (old.stake !== now.stake) changes |= NODE_CHANGE.stake;
  return changes;
}

/** A newcomer's keys are part of its registration. */
function keyChanges({before, after}: Changed): number {
  return before === undefined || after === undefined ? 0 : NODE_CHANGE.keys;
}

function revocation({before, after}: Changed): number {
  const wasRevoked = before !== undefined && decode(TransportKeys, before).revoked;
  const isRevoked = after !== undefined && decode(TransportKeys, after).revoked;
  return isRevoked && !wasRevoked ? NODE_CHANGE.revoked : 0;
}

/** Announced, or an epoch of it began; that an old one is forgotten says nothing. */
function maintenanceChanges({before, after}: Changed): number {
  if (after === undefined) return 0;
  const old = before === undefined ? 0 : decode(MaintenanceRecord, before).epochsLeft;
  return decode(MaintenanceRecord, after).epochsLeft === old ? 0 : NODE_CHANGE.maintenance;
}

/** What a change of a record of this kind says about the node that its key names. */
const NODE_RECORDS: ReadonlyMap<number | undefined, (changed: Changed) => number> = new Map([
  [SERVICE_NODE_PREFIX[0], recordChanges],
  [SERVICE_NODE_KEYS_PREFIX[0], keyChanges],
  [TRANSPORT_KEYS_PREFIX[0], revocation],
  [MAINTENANCE_PREFIX[0], maintenanceChanges],
]);

/** Nodes with their changes, in NodeID order. */
function changedNodes(records: readonly Changed[]): readonly (readonly [NodeId, number])[] {
  const found = new Map<string, readonly [NodeId, number]>();
  for (const record of records) {
    const changes = NODE_RECORDS.get(record.key[0])?.(record) ?? 0;
    if (changes === 0) continue;
    const nodeId = toNodeId(record.key.subarray(1));
    const name = bytesToKey(nodeId);
    found.set(name, [nodeId, changes | (found.get(name)?.[1] ?? 0)]);
  }
  return [...found.values()].sort(([a], [b]) => compareBytes(a, b));
}

function member(change: MemberChange, swarmId: number, nodeId: NodeId): StoredEvent {
  return {type: 'swarmMember', value: {change, swarmId, nodeId}};
}

/** Seats given and freed; the key names swarm and node. */
function seatEvents(records: readonly Changed[]): readonly StoredEvent[] {
  return records.flatMap(({key, before, after}) => {
    if (key[0] !== SEAT_PREFIX[0] || (before === undefined) === (after === undefined)) return [];
    const swarmId = new DataView(key.buffer, key.byteOffset).getUint32(1);
    const change = after === undefined ? MEMBER_CHANGE.left : MEMBER_CHANGE.joined;
    return [member(change, swarmId, toNodeId(key.subarray(5)))];
  });
}

/** Swarms that begin anew with this block, ascending. */
function restartEvents(records: readonly Changed[]): readonly StoredEvent[] {
  return records.flatMap(({key, before, after}) => {
    if (key[0] !== SWARM_HISTORY_PREFIX[0] || after === undefined) return [];
    const {restartedAt} = decode(SwarmHistory, after);
    const old = before === undefined ? undefined : decode(SwarmHistory, before).restartedAt;
    if (restartedAt === undefined || restartedAt === old) return [];
    const swarmId = new DataView(key.buffer, key.byteOffset).getUint32(1);
    return [{type: 'swarmRestarted', value: {swarmId}}];
  });
}

const KINDS = new Set([...NODE_RECORDS.keys(), SEAT_PREFIX[0], SWARM_HISTORY_PREFIX[0]]);

function interesting(
  before: StateReader,
  after: StateReader,
  changes: readonly StateChange[],
): readonly Changed[] {
  return changes
    .filter(({key}) => KINDS.has(key[0]))
    .map(({key}) => ({key, before: before.get(key), after: after.get(key)}))
    .sort((a, b) => compareBytes(a.key, b.key));
}

/**
 * Events of nodes in NodeID order, then of swarms: seats by swarm and node, who began to serve, which
 * swarms begin anew.
 */
export function deriveRecordEvents(
  before: StateReader,
  after: StateReader,
  changes: readonly StateChange[],
): readonly StoredEvent[] {
  const records = interesting(before, after, changes);
  const nodes: StoredEvent[] = [];
  const serving: StoredEvent[] = [];
  for (const [nodeId, mask] of changedNodes(records)) {
    const old = factsOf(before.get(serviceNodeKey(nodeId)));
    const now = factsOf(after.get(serviceNodeKey(nodeId)));
    nodes.push({type: 'node', value: {nodeId, changes: mask, before: old, after: now}});
    if (now?.seat === SEAT.serving && old?.seat !== SEAT.serving) {
      serving.push(member(MEMBER_CHANGE.serving, now.swarmId, nodeId));
    }
  }
  return [...nodes, ...seatEvents(records), ...serving, ...restartEvents(records)];
}
