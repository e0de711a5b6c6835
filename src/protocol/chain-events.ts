import type {MissFacts} from './api-misses.ts';
import type {U64Text} from './api-values.ts';

/**
 * What accepted blocks change, as JSON carries it over `/ws`. SPEC.md §10.1. Forms of the fields as in
 * api.ts. The events of a block follow from the chain alone: every node tells the same ones under the
 * same cursors.
 */
export const EVENT_TYPES = ['block', 'epoch', 'node', 'miss', 'commitment', 'swarm'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** `height/index`: the place of an event among all of the chain. */
export type CursorText = string;

export type BlockChange = {
  readonly type: 'block';
  readonly parentId: string;
  readonly stateRoot: string;
  readonly txCount: number;
  /** Bytes of the whole block. */
  readonly size: number;
};

/** The epoch reached a stage: `started` comes with the judgement of the epoch that ended. */
export type EpochChange = {readonly type: 'epoch'; readonly epoch: U64Text} & (
  | {readonly stage: 'started'; readonly dutyCount: number; readonly numSwarms: number}
  | {readonly stage: 'drawn'; readonly mix: string}
  /** W of every swarm is fixed; so many swarms with duties have none. */
  | {readonly stage: 'majoritiesFixed'; readonly swarmsWithoutMajority: number}
  | {readonly stage: 'answersClosed'}
);

/** A node as far as events tell of it; all else is in `getServiceNode`. */
export type NodeFacts = {
  readonly status: 'active' | 'decommissioning' | 'retired';
  readonly leaving: 'no' | 'wish' | 'misses' | 'evidence' | 'joinTimeout';
  readonly seat: 'none' | 'joining' | 'serving';
  /** null without a seat. */
  readonly swarmId: number | null;
  readonly stake: U64Text;
};

export const NODE_CHANGES = [
  'registered',
  'removed',
  'status',
  'seat',
  'stake',
  'keys',
  'revoked',
  'maintenance',
] as const;

export type NodeChange = {
  readonly type: 'node';
  readonly nodeId: string;
  readonly changes: readonly (typeof NODE_CHANGES)[number][];
  /** null after its stake was withdrawn. */
  readonly node: NodeFacts | null;
  /** Before the block; null for a newcomer. */
  readonly previous: NodeFacts | null;
};

export type MissChange = {readonly type: 'miss'; readonly nodeId: string} & MissFacts;

export type CommitmentChange = {
  readonly type: 'commitment';
  readonly nodeId: string;
  readonly epoch: U64Text;
  readonly swarmId: number;
  readonly revision: number;
  readonly c: string;
};

export type SwarmChange = {
  readonly type: 'swarm';
} /** From the next epoch on there are so many swarms; from this one on. */ & (
  | {readonly change: 'announced' | 'effective'; readonly numSwarms: number}
  | {
      readonly change: 'joined' | 'serving' | 'left';
      readonly swarmId: number;
      readonly nodeId: string;
    }
  /** It begins anew: nobody who answered for its records is left. */
  | {readonly change: 'restarted'; readonly swarmId: number}
);

export type ChainChange =
  | BlockChange
  | EpochChange
  | NodeChange
  | MissChange
  | CommitmentChange
  | SwarmChange;

/** One event: what changed, and where. */
export type ChainEvent = {
  readonly cursor: CursorText;
  readonly height: U64Text;
  readonly blockId: string;
  readonly timestampMs: number;
} & ChainChange;

/** What a subscription asks for; an absent field is no restriction. */
export type EventFilter = {
  readonly events?: readonly EventType[];
  /** Events of this node alone; those of no node are left out. */
  readonly nodeId?: string;
};

export type SubscribeParams = EventFilter & {
  /** Everything after this cursor; without it, what comes from now on. */
  readonly after?: CursorText;
};

/** Why the server ends a connection: the reason of its close frame, beside the number. */
export const CLOSE_CODES = {
  /** The chain stops. */
  EVENTS_STOPPED: 1001,
  /** Text frames with JSON only. */
  EVENTS_NOT_TEXT: 1003,
  /** Too many messages at once, or one that is too long. */
  EVENTS_TOO_MANY_MESSAGES: 1008,
  EVENTS_INTERNAL: 1011,
  /** The client did not take what it asked for. */
  EVENTS_TOO_SLOW: 4000,
  /** It fell so far behind that what it asked for is no longer kept. */
  EVENTS_CURSOR_TOO_OLD: 4001,
  /** No subscription for a while. */
  EVENTS_IDLE: 4002,
} as const;
export type CloseReason = keyof typeof CLOSE_CODES;
