import {toHash} from '../bytes.ts';
import {bytes, type CodecValue, fixed, list, optional, struct, u16} from '../codec.ts';

/** Longest key of the state map, in bytes. SPEC.md §8. */
export const MAX_STATE_KEY_BYTES = 64;

/** A path branches at most once per bit of a key. */
export const MAX_STATE_PROOF_STEPS = MAX_STATE_KEY_BYTES * 8;

/** One inner node on the way from the root to the proven leaf. */
export const StateProofStep = struct('StateProofStep', {
  /** Bit of the key that chooses the side: 0 is the top bit of byte 0; 0 goes left, 1 right. */
  bitIndex: u16,
  /** Hash of the child that is not on the way. */
  sibling: fixed(toHash),
});
export type StateProofStep = CodecValue<typeof StateProofStep>;

/** One entry of the state map without its value. */
export const StateProofLeaf = struct('StateProofLeaf', {
  key: bytes({maxLength: MAX_STATE_KEY_BYTES}),
  /** SHA-256 of the value. */
  valueHash: fixed(toHash),
});
export type StateProofLeaf = CodecValue<typeof StateProofLeaf>;

/** What a state root says about one key: its value, or that it is absent. SPEC.md §8. */
export const StateProof = struct('StateProof', {
  /** Root first; bit indices strictly increase. */
  path: list(StateProofStep, {maxLength: MAX_STATE_PROOF_STEPS}),
  /** Where the key's bits lead: its own leaf, or the leaf that shows its absence; none in an empty map. */
  leaf: optional(StateProofLeaf),
});
export type StateProof = CodecValue<typeof StateProof>;
