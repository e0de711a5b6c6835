import {idToString, nodeIdToString} from '../../crypto/ids.ts';
import {UNASSIGNED_SWARM} from '../../protocol/chain/limits.ts';
import {LEAVING, SEAT, STATUS} from '../../protocol/chain/state-records.ts';
import {
  type ChainChange,
  type ChainEvent,
  NODE_CHANGES,
  type NodeFacts,
} from '../../protocol/chain-events.ts';
import {hex} from '../api/hex.ts';
import {instant, nameOf, reasonNames} from '../api/views.ts';
import {cursorToString} from './cursor.ts';
import {
  COUNT_CHANGE,
  type EventChunk,
  MEMBER_CHANGE,
  NODE_CHANGE,
  type StoredEvent,
  type StoredNodeFacts,
} from './stored-event.ts';

/** An event with its place: what the log hands out. */
export type PlacedEvent = Pick<EventChunk, 'blockId' | 'timestamp'> & {
  readonly height: bigint;
  readonly index: number;
  readonly event: StoredEvent;
};

function factsView(facts: StoredNodeFacts | undefined): NodeFacts | null {
  if (facts === undefined) return null;
  const {status, leaving, seat, swarmId, stake} = facts;
  return {
    status: nameOf(STATUS, status),
    leaving: nameOf(LEAVING, leaving),
    seat: nameOf(SEAT, seat),
    swarmId: swarmId === UNASSIGNED_SWARM ? null : swarmId,
    stake: stake.toString(),
  };
}

type EpochStage = Extract<
  StoredEvent,
  {readonly type: 'epochStarted' | 'epochDrawn' | 'majoritiesFixed' | 'answersClosed'}
>;

function epochView(stage: EpochStage): ChainChange {
  const base = {type: 'epoch', epoch: stage.value.epoch.toString()} as const;
  switch (stage.type) {
    case 'epochStarted': {
      const {dutyCount, swarmExponent} = stage.value;
      return {...base, stage: 'started', dutyCount, numSwarms: 2 ** swarmExponent};
    }
    case 'epochDrawn':
      return {...base, stage: 'drawn', mix: hex(stage.value.mix)};
    case 'majoritiesFixed': {
      const {swarmsWithoutMajority} = stage.value;
      return {...base, stage: 'majoritiesFixed', swarmsWithoutMajority};
    }
    case 'answersClosed':
      return {...base, stage: 'answersClosed'};
  }
}

type Other = Exclude<StoredEvent, EpochStage>;

function otherView({type, value}: Other): ChainChange {
  switch (type) {
    case 'block': {
      const {parentId, stateRoot, txCount, size} = value;
      return {type, parentId: idToString(parentId), stateRoot: hex(stateRoot), txCount, size};
    }
    case 'node':
      return {
        type,
        nodeId: nodeIdToString(value.nodeId),
        changes: NODE_CHANGES.filter((name) => (value.changes & NODE_CHANGE[name]) !== 0),
        node: factsView(value.after),
        previous: factsView(value.before),
      };
    case 'miss': {
      const {nodeId, epoch, reasons, burned, paidByCredit, excused} = value;
      const facts = {epoch: epoch.toString(), reasons: reasonNames(reasons)};
      const price = {burned: burned.toString(), paidByCredit, excused};
      return {type, nodeId: nodeIdToString(nodeId), ...facts, ...price};
    }
    case 'commitment': {
      const {nodeId, epoch, swarmId, revision, c} = value;
      const where = {nodeId: nodeIdToString(nodeId), epoch: epoch.toString()};
      return {type, ...where, swarmId, revision, c: hex(c)};
    }
    case 'swarmCount': {
      const {change, swarmExponent} = value;
      return {type: 'swarm', change: nameOf(COUNT_CHANGE, change), numSwarms: 2 ** swarmExponent};
    }
    case 'swarmMember': {
      const {change, swarmId, nodeId} = value;
      const named = nameOf(MEMBER_CHANGE, change);
      return {type: 'swarm', change: named, swarmId, nodeId: nodeIdToString(nodeId)};
    }
    case 'swarmRestarted':
      return {type: 'swarm', change: 'restarted', swarmId: value.swarmId};
  }
}

function changeView(event: StoredEvent): ChainChange {
  switch (event.type) {
    case 'epochStarted':
    case 'epochDrawn':
    case 'majoritiesFixed':
    case 'answersClosed':
      return epochView(event);
    default:
      return otherView(event);
  }
}

/** An event as `/ws` tells it. */
export function eventView({height, index, blockId, timestamp, event}: PlacedEvent): ChainEvent {
  return {
    cursor: cursorToString({height, index}),
    height: height.toString(),
    blockId: idToString(blockId),
    timestampMs: instant(timestamp),
    ...changeView(event),
  };
}
