import {bytes, type CodecValue, limited, list, optional, struct} from '../codec.ts';
import {
  MAX_STATE_KEY_BYTES,
  MAX_STATE_PROOF_STEPS,
  StateProofLeaf,
  StateProofStep,
} from './state-proof.ts';

/** Most entries that one proof shows: a swarm has far fewer members. */
export const MAX_PREFIX_PROOF_ENTRIES = 4096;
/** Longest value in a proof; the longest of the state is a node's keys, 3136 bytes. */
export const MAX_PREFIX_PROOF_VALUE_BYTES = 8192;
export const MAX_PREFIX_PROOF_BYTES = 1_048_576;

/** One entry of the state map. */
export const StateEntry = struct('StateEntry', {
  key: bytes({maxLength: MAX_STATE_KEY_BYTES}),
  value: bytes({maxLength: MAX_PREFIX_PROOF_VALUE_BYTES}),
});
export type StateEntry = CodecValue<typeof StateEntry>;

/**
 * All entries of the state map whose keys begin with a prefix: nothing more, and nothing less.
 * SPEC.md §8.2. The prefix itself is not in it: the verifier asks for one.
 */
export const StatePrefixProof = limited(
  MAX_PREFIX_PROOF_BYTES,
  struct('StatePrefixProof', {
    /** Root first: down to the subtree of the entries; without entries, down to `other`. */
    path: list(StateProofStep, {maxLength: MAX_STATE_PROOF_STEPS}),
    /** In key order. */
    entries: list(StateEntry, {maxLength: MAX_PREFIX_PROOF_ENTRIES}),
    /** Without entries: the leaf that the prefix's bits lead to. None in an empty map. */
    other: optional(StateProofLeaf),
  }),
);
export type StatePrefixProof = CodecValue<typeof StatePrefixProof>;
