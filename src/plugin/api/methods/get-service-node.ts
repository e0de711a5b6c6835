import {getEpochState} from '../../../vm/state/singletons.ts';
import {requireKeys, requireServiceNode} from '../lookups.ts';
import type {Method} from '../method.ts';
import {nodeIdParam} from '../params.ts';
import {serviceNodeView} from '../views.ts';

export const getServiceNode: Method<'getServiceNode'> = {
  params: ['nodeId'],
  call({chain}, params) {
    const nodeId = nodeIdParam(params, 'nodeId');
    const {map} = chain.lastAccepted;
    const node = requireServiceNode(map, nodeId);
    const {transitions} = getEpochState(map);
    return serviceNodeView(map, {nodeId, node, keys: requireKeys(map, nodeId), transitions});
  },
};
