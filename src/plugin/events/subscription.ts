import {equalBytes, type NodeId} from '../../protocol/bytes.ts';
import {EVENT_TYPES, type EventType} from '../../protocol/chain-events.ts';
import {CodecError} from '../../protocol/errors.ts';
import {ApiError} from '../api/errors.ts';
import {nodeIdParam, type RawParams, refuseUnknown} from '../api/params.ts';
import type {ChainHistory} from './chain-history.ts';
import {cursorFromString, type EventCursor, placeAfter} from './cursor.ts';
import type {PlacedEvent} from './event-view.ts';
import type {StoredEvent} from './stored-event.ts';

/** Who wants which events from which place on. */
export type Subscription = {
  readonly id: string;
  readonly types: ReadonlySet<EventType>;
  readonly nodeId: NodeId | undefined;
  /** The next event to look at. */
  place: EventCursor;
  /** Height of the last cursor that the client has. */
  toldHeight: bigint;
};

function isEventType(value: unknown): value is EventType {
  return (EVENT_TYPES as readonly unknown[]).includes(value);
}

function typesParam({events}: RawParams): ReadonlySet<EventType> {
  if (events === undefined) return new Set(EVENT_TYPES);
  const isList = Array.isArray(events) && events.length > 0 && events.length <= EVENT_TYPES.length;
  if (!isList || !events.every(isEventType)) {
    const problem = `must be a list of ${EVENT_TYPES.join(', ')}`;
    throw new ApiError('API_INVALID_PARAMS', {param: 'events', problem});
  }
  return new Set(events);
}

function afterParam({after}: RawParams): EventCursor | undefined {
  if (after === undefined) return undefined;
  try {
    return placeAfter(cursorFromString(typeof after === 'string' ? after : ''));
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new ApiError('API_INVALID_PARAMS', {param: 'after', problem: error.message});
  }
}

/**
 * Reads `{events?, nodeId?, after?}`.
 * @throws ApiError API_INVALID_PARAMS, API_CURSOR_TOO_OLD
 */
export function createSubscription(
  id: string,
  params: RawParams,
  history: ChainHistory,
): Subscription {
  refuseUnknown(params, ['events', 'nodeId', 'after']);
  const types = typesParam(params);
  const nodeId = params['nodeId'] === undefined ? undefined : nodeIdParam(params, 'nodeId');
  const place = afterParam(params) ?? history.end;
  history.assertKept(place);
  return {id, types, nodeId, place, toldHeight: place.height};
}

const TYPE_OF: Readonly<Record<StoredEvent['type'], EventType>> = {
  block: 'block',
  epochStarted: 'epoch',
  epochDrawn: 'epoch',
  majoritiesFixed: 'epoch',
  answersClosed: 'epoch',
  node: 'node',
  miss: 'miss',
  commitment: 'commitment',
  swarmCount: 'swarm',
  swarmMember: 'swarm',
  swarmRestarted: 'swarm',
};

/** Whether a subscription asked for this event. */
export function wants({types, nodeId}: Subscription, {event}: PlacedEvent): boolean {
  if (!types.has(TYPE_OF[event.type])) return false;
  if (nodeId === undefined) return true;
  return 'nodeId' in event.value && equalBytes(event.value.nodeId, nodeId);
}
