import type {StoreParams} from '../../src/protocol/overlay/client-protocol.ts';
import type {Operation} from '../../src/protocol/overlay/member-protocol.ts';
import type {OwnerAuth} from '../../src/protocol/overlay/owner-auth.ts';
import type {Stamp} from '../../src/protocol/stored-record.ts';
import type {LocalSwarm} from './local-swarm.ts';

/** Indexes of two members. */
type Between = {readonly from: number; readonly to: number};

/** A store as members pass it on. */
export function storeOperation(
  {data, ...place}: StoreParams,
  stamp: Stamp,
  auth?: OwnerAuth,
): Operation {
  const content = {type: 'data', value: data} as const;
  return {stamp, body: {type: 'store', value: {...place, content, auth}}};
}

/** How many of them the member took. */
export async function deliver(
  swarm: LocalSwarm,
  {from, to}: Between,
  operations: readonly Operation[],
): Promise<number> {
  const value = {operations: [...operations]};
  const caller = swarm.callerOf(swarm.member(from));
  const {count} = await caller.call(swarm.member(to).nodeId, {type: 'deliver', value});
  return count;
}

/** A direct write: what its receiver answers. */
export async function write(swarm: LocalSwarm, {from, to}: Between, operation: Operation) {
  const value = {epoch: swarm.state.epoch, operation};
  const caller = swarm.callerOf(swarm.member(from));
  return (await caller.call(swarm.member(to).nodeId, {type: 'write', value})).receipt;
}
