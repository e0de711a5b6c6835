import {toBlockId, toHash} from '../bytes.ts';
import {
  bool,
  bytes,
  type CodecValue,
  fixed,
  limited,
  list,
  optional,
  struct,
  u16,
  union,
} from '../codec.ts';
import {MAX_BLOCK_BYTES} from './limits.ts';
import {MAX_STATE_KEY_BYTES, MAX_STATE_PROOF_STEPS} from './state-proof.ts';

/** Leaves whose encodings are no longer than this together travel at once. SPEC.md §12.2. */
export const MAX_SUBTREE_BYTES = 524_288;
/** No record of the state is longer. */
const MAX_STATE_VALUE_BYTES = 65_536;
/** Two lengths and the shortest key. */
const MIN_LEAF_BYTES = 9;

export const StateLeaf = struct('StateLeaf', {
  key: bytes({maxLength: MAX_STATE_KEY_BYTES}),
  value: bytes({maxLength: MAX_STATE_VALUE_BYTES}),
});
export type StateLeaf = CodecValue<typeof StateLeaf>;

/** What a leaf takes of `MAX_SUBTREE_BYTES`: the length of its encoding. */
export const leafBytes = (key: Uint8Array, value: Uint8Array): number =>
  8 + key.length + value.length;

/** Inner nodes that travel at once. */
export const MAX_SUBTREE_NODES = 256;

/** Asks for what lies below one node of the state with this root. */
export const StateSubtreeRequest = struct('StateSubtreeRequest', {
  root: fixed(toHash),
  /** Turns from the root down to the node: true is right. */
  path: list(bool, {maxLength: MAX_STATE_PROOF_STEPS}),
});
export type StateSubtreeRequest = CodecValue<typeof StateSubtreeRequest>;

/** An inner node of the state: below `left` the bit is 0, below `right` it is 1. */
export const StateInner = struct('StateInner', {
  bitIndex: u16,
  left: fixed(toHash),
  right: fixed(toHash),
});
export type StateInner = CodecValue<typeof StateInner>;

/**
 * The whole subtree when it is small, else the top of it. The asker knows the hash of the node, so
 * either shows by itself whether it is true.
 */
export const StateSubtree = limited(
  MAX_SUBTREE_BYTES + MAX_STATE_VALUE_BYTES,
  union('StateSubtree', {
    /** No such root here any more, or no such node below it. */
    unknown: {typeId: 0, codec: struct('UnknownSubtree', {})},
    leaves: {
      typeId: 1,
      codec: struct('SubtreeLeaves', {
        /** All of the subtree, in key order. */
        leaves: list(StateLeaf, {maxLength: Math.floor(MAX_SUBTREE_BYTES / MIN_LEAF_BYTES)}),
      }),
    },
    top: {
      typeId: 2,
      codec: struct('SubtreeTop', {
        /** The asked node first, then, level by level, those below it that are too large as well. */
        nodes: list(StateInner, {maxLength: MAX_SUBTREE_NODES}),
      }),
    },
  }),
);
export type StateSubtree = CodecValue<typeof StateSubtree>;

/** Asks for the block of a summary. */
export const SummaryBlockRequest = struct('SummaryBlockRequest', {blockId: fixed(toBlockId)});
export type SummaryBlockRequest = CodecValue<typeof SummaryBlockRequest>;

/** Its bytes; absent where it is not known. */
export const SummaryBlock = struct('SummaryBlock', {
  block: optional(bytes({maxLength: MAX_BLOCK_BYTES})),
});
export type SummaryBlock = CodecValue<typeof SummaryBlock>;
