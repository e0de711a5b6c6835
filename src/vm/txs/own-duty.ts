import type {SwarmInEpoch} from '../../protocol/chain/state-keys.ts';
import type {Duty, ServiceNode} from '../../protocol/chain/state-records.ts';

/** A node that has duties, where it has them, and what it has done of them. */
export type OwnDuty = {readonly at: SwarmInEpoch; readonly node: ServiceNode; readonly duty: Duty};
