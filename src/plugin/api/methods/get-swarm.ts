import type {Method} from '../method.ts';
import {numberParam} from '../params.ts';
import {numSwarms, swarmView} from '../swarm-view.ts';

export const getSwarm: Method<'getSwarm'> = {
  params: ['swarmId'],
  call({chain}, params) {
    const {map} = chain.lastAccepted;
    return swarmView(map, numberParam(params, 'swarmId', [0, numSwarms(map) - 1]));
  },
};
