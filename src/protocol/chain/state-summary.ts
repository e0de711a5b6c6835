import {toBlockId, toHash} from '../bytes.ts';
import {type CodecValue, fixed, struct, u64, versioned} from '../codec.ts';

/**
 * Names one state of the chain: the block that began an epoch, and the root after it. The nodes vote
 * on its bytes; its id is their SHA-256. SPEC.md §12.2.
 */
export const StateSummary = versioned(
  0,
  struct('StateSummary', {
    height: u64,
    blockId: fixed(toBlockId),
    /** The block's own; it is here so that state and block can be fetched side by side. */
    stateRoot: fixed(toHash),
  }),
);
export type StateSummary = CodecValue<typeof StateSummary>;
