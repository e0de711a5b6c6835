import {listAllServiceNodes} from '../../../src/client/pages.ts';
import type {ServiceNodeInfo} from '../../../src/protocol/api.ts';
import type {Stage} from './stage.ts';

/** All registered nodes, in NodeID order. */
export function listNodes({chain}: Stage): Promise<readonly ServiceNodeInfo[]> {
  return listAllServiceNodes(chain);
}

/** NodeIDs of all who were ever fined. */
export async function finedNodes(stage: Stage): Promise<readonly string[]> {
  const nodes = await listNodes(stage);
  return nodes.filter(({misses}) => misses > 0).map(({nodeId}) => nodeId);
}

/** The running epoch by block time. */
export async function epochNow({chain}: Stage): Promise<bigint> {
  return BigInt((await chain.call('getEpoch', {})).epoch);
}
