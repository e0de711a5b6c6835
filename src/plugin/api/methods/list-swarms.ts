import type {SwarmInfo} from '../../../protocol/api.ts';
import type {Method} from '../method.ts';
import {limitParam, u64Param} from '../params.ts';
import {numSwarms, swarmView} from '../swarm-view.ts';

/** All swarms by id; the cursor is the id that the next page begins with. */
export const listSwarms: Method<'listSwarms'> = {
  params: ['cursor', 'limit'],
  call({chain}, params) {
    const {map} = chain.lastAccepted;
    const limit = limitParam(params);
    const count = numSwarms(map);
    const from =
      params['cursor'] === undefined ? 0 : Math.min(count, Number(u64Param(params, 'cursor')));
    const items: SwarmInfo[] = [];
    for (let id = from; id < count && items.length < limit; id++) items.push(swarmView(map, id));
    const next = from + items.length;
    return next < count ? {items, cursor: next.toString()} : {items};
  },
};
