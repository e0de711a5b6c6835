import {toNodeId} from '../bytes.ts';
import {type CodecValue, fixed, struct, u64} from '../codec.ts';

/** More stake for a node; brings one that a penalty decommissioned back. SPEC.md §5.7. */
export const AddStake = struct('AddStake', {
  nodeId: fixed(toNodeId),
  /** Base units, at least 1. */
  amount: u64,
});
export type AddStake = CodecValue<typeof AddStake>;
