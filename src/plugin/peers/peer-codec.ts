import {
  StateSubtree,
  StateSubtreeRequest,
  SummaryBlock,
  SummaryBlockRequest,
} from '../../protocol/chain/state-subtree.ts';
import {type CodecValue, limited, union, versioned} from '../../protocol/codec.ts';
import {TxBatch} from '../gossip-message.ts';
import {TxFilter} from './tx-filter.ts';

/** Longest request, in bytes. */
export const MAX_PEER_REQUEST_BYTES = 65_536;
/** Longest answer, in bytes: a whole block fits, and the answer fits the nodes' frames of 2 MiB. */
export const MAX_PEER_ANSWER_BYTES = 1_600_000;

/*
 * What one node of a chain asks another (AppRequest, AppResponse). A question and its answer have
 * the same name and type id, and both stand here. Ids are append-only: 0 to 15 are gossip's, 16 to
 * 31 state sync's. SPEC.md §12.
 */
const REQUESTS = {
  /** Which transactions wait at the other that the asker has not. */
  pullTxs: {typeId: 0, codec: TxFilter},
  /** What lies below one node of the state with a root. */
  stateSubtree: {typeId: 16, codec: StateSubtreeRequest},
  /** The block of a state summary. */
  summaryBlock: {typeId: 17, codec: SummaryBlockRequest},
} as const;

const ANSWERS = {
  pullTxs: {typeId: 0, codec: TxBatch},
  stateSubtree: {typeId: 16, codec: StateSubtree},
  summaryBlock: {typeId: 17, codec: SummaryBlock},
} as const satisfies {
  readonly [K in keyof typeof REQUESTS]: {
    readonly codec: object;
    readonly typeId: (typeof REQUESTS)[K]['typeId'];
  };
};

export const PeerRequest = limited(
  MAX_PEER_REQUEST_BYTES,
  versioned(0, union('PeerRequest', REQUESTS)),
);
export type PeerRequest = CodecValue<typeof PeerRequest>;

export const PeerAnswer = limited(
  MAX_PEER_ANSWER_BYTES,
  versioned(0, union('PeerAnswer', ANSWERS)),
);
export type PeerAnswer = CodecValue<typeof PeerAnswer>;

/** Name of a question. */
export type PeerCall = PeerRequest['type'];
export type RequestOf<K extends PeerCall> = Extract<PeerRequest, {readonly type: K}>['value'];
export type AnswerOf<K extends PeerCall> = Extract<PeerAnswer, {readonly type: K}>['value'];
