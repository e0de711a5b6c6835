import {toNodeId} from '../bytes.ts';
import {type CodecValue, fixed, struct} from '../codec.ts';

/** Takes the stake of a retired node home and forgets the node. SPEC.md §5.7. */
export const WithdrawStake = struct('WithdrawStake', {nodeId: fixed(toNodeId)});
export type WithdrawStake = CodecValue<typeof WithdrawStake>;
