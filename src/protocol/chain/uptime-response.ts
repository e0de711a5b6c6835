import {toHash, toNodeId} from '../bytes.ts';
import {bytes, type CodecValue, fixed, struct, u64} from '../codec.ts';
import {MAX_WITNESS_BYTES} from './limits.ts';

/** Duty of the answer window. SPEC.md §5.6. */
export const UptimeResponse = struct('UptimeResponse', {
  /** Keyed digest over the drawn chunks of W; 32 zero bytes when the swarm has no W. */
  answer: fixed(toHash),
  /** Storage the node offers, uses and has free, in bytes. */
  capacity: u64,
  used: u64,
  free: u64,
  /** Reports on probed nodes, one bit per target in NodeID order; may be empty. */
  witness: bytes({maxLength: MAX_WITNESS_BYTES}),
});
export type UptimeResponse = CodecValue<typeof UptimeResponse>;

/** Hashed under HASH_TAG.challenge, this gives the key of one node's possession challenge. */
export const ChallengeSeed = struct('ChallengeSeed', {
  /** mix_e and C of W_e. */
  mix: fixed(toHash),
  w: fixed(toHash),
  /** Different per node, so that nobody can copy an answer. */
  nodeId: fixed(toNodeId),
});
export type ChallengeSeed = CodecValue<typeof ChallengeSeed>;

/** Hashed under HASH_TAG.challengeDraw, each counter from 0 gives four u64 of the draw of chunks. */
export const ChallengeDraw = struct('ChallengeDraw', {key: fixed(toHash), counter: u64});
export type ChallengeDraw = CodecValue<typeof ChallengeDraw>;
