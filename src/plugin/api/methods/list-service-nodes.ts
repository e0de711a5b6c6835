import {nodeIdToString} from '../../../crypto/ids.ts';
import type {ServiceNodeInfo} from '../../../protocol/api.ts';
import {nodeIdOf, SERVICE_NODE_PREFIX, serviceNodeKey} from '../../../protocol/chain/state-keys.ts';
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
    const from = after === undefined ? undefined : serviceNodeKey(after);
    for (const [key, value] of map.entries(SERVICE_NODE_PREFIX, from)) {
      const nodeId = nodeIdOf(key);
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
