import {
  type ChainEvent,
  EVENT_TYPES,
  type EventType,
  type NodeFacts,
} from '../protocol/chain-events.ts';
import {MISS_FIELDS} from './api-results.ts';
import {
  type Check,
  described,
  flag,
  hash,
  listOf,
  maybe,
  one,
  orNull,
  shape,
  text,
  u64Text,
  whole,
} from './check.ts';

type Fields = Readonly<Record<string, Check<unknown>>>;

const nodeFacts = orNull(
  shape<NodeFacts>({
    status: one('active', 'decommissioning', 'retired'),
    leaving: one('no', 'wish', 'misses', 'evidence', 'joinTimeout'),
    seat: one('none', 'joining', 'serving'),
    swarmId: orNull(whole),
    stake: u64Text,
  }),
);

/** Fields of each type beside those that all have; of variants all that one of them has. */
const FIELDS: Readonly<Record<EventType, Fields>> = {
  block: {parentId: text, stateRoot: hash, txCount: whole, size: whole},
  epoch: {
    epoch: u64Text,
    stage: one('started', 'drawn', 'majoritiesFixed', 'answersClosed'),
    dutyCount: maybe(whole),
    numSwarms: maybe(whole),
    mix: maybe(hash),
    swarmsWithoutMajority: maybe(whole),
  },
  node: {nodeId: text, changes: listOf(text), node: nodeFacts, previous: nodeFacts},
  miss: {nodeId: text, ...MISS_FIELDS, excused: flag},
  commitment: {nodeId: text, epoch: u64Text, swarmId: whole, revision: whole, c: hash},
  swarm: {
    change: one('announced', 'effective', 'joined', 'serving', 'left', 'restarted'),
    numSwarms: maybe(whole),
    swarmId: maybe(whole),
    nodeId: maybe(text),
  },
};

const place = shape<Pick<ChainEvent, 'cursor' | 'height' | 'blockId' | 'timestampMs' | 'type'>>({
  cursor: text,
  height: u64Text,
  blockId: text,
  timestampMs: whole,
  type: one(...EVENT_TYPES),
});

/** One event of a server. @throws ClientError CLIENT_BAD_RESPONSE */
export const chainEvent: Check<ChainEvent> = described(place.schema, (value, path) => {
  const found = place(value, path);
  const fields = shape<Record<string, unknown>>(FIELDS[found.type])(value, path);
  return {...found, ...fields} as ChainEvent;
});
