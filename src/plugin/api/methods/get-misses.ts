import type {MissInfo} from '../../../protocol/api-misses.ts';
import type {Miss} from '../../events/miss-index.ts';
import {requireServiceNode} from '../lookups.ts';
import type {Method} from '../method.ts';
import {limitParam, nodeIdParam, u64Param} from '../params.ts';
import {reasonNames} from '../views.ts';

function missView({epoch, height, reasons, burned, paidByCredit, excused}: Miss): MissInfo {
  return {
    epoch: epoch.toString(),
    height: height.toString(),
    reasons: reasonNames(reasons),
    burned: burned.toString(),
    paidByCredit,
    excused,
  };
}

/** Misses of one node, also of one that is gone; the cursor is the epoch of the page's last. */
export const getMisses: Method<'getMisses'> = {
  params: ['nodeId', 'cursor', 'limit'],
  async call({chain, history}, params) {
    const nodeId = nodeIdParam(params, 'nodeId');
    const before = params['cursor'] === undefined ? undefined : u64Param(params, 'cursor');
    const {misses, isLast} = await history.misses({nodeId, before, limit: limitParam(params)});
    if (misses.length === 0) requireServiceNode(chain.lastAccepted.map, nodeId);
    const items = misses.map(missView);
    const knownFrom = history.missesFrom.toString();
    const cursor = items.at(-1)?.epoch;
    return isLast || cursor === undefined ? {items, knownFrom} : {items, knownFrom, cursor};
  },
};
