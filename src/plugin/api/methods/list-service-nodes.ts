import {nodeIdToString} from '../../../crypto/ids.ts';
import type {ServiceNodeInfo} from '../../../protocol/api.ts';
import {compareBytes, toNodeId} from '../../../protocol/bytes.ts';
import {SERVICE_NODE_PREFIX} from '../../../protocol/chain/state-keys.ts';
import {ServiceNode} from '../../../protocol/chain/state-records.ts';
import {decode} from '../../../protocol/codec.ts';
import {getEpochState} from '../../../vm/state/singletons.ts';
import {requireKeys} from '../lookups.ts';
import type {Method} from '../method.ts';
import {limitParam, nodeIdParam} from '../params.ts';
import {serviceNodeView} from '../views.ts';

/** All records in NodeID order; the cursor is the last NodeID of the page before. */
export const listServiceNodes: Method<'listServiceNodes'> = {
  params: ['cursor', 'limit'],
  call({chain}, params) {
    const limit = limitParam(params);
    const after = params['cursor'] === undefined ? undefined : nodeIdParam(params, 'cursor');
    const {map} = chain.lastAccepted;
    const {transitions} = getEpochState(map);
    const items: ServiceNodeInfo[] = [];
    let last = after;
    for (const [key, value] of map.entries(SERVICE_NODE_PREFIX)) {
      const nodeId = toNodeId(key.subarray(1));
      if (after !== undefined && compareBytes(nodeId, after) <= 0) continue;
      if (items.length === limit && last !== undefined) {
        return {items, cursor: nodeIdToString(last)};
      }
      const record = {nodeId, node: decode(ServiceNode, value), keys: requireKeys(map, nodeId)};
      items.push(serviceNodeView(map, {...record, transitions}));
      last = nodeId;
    }
    return {items};
  },
};
