import {parseBlock} from '../../../vm/parsed-block.ts';
import {ApiError} from '../errors.ts';
import type {Method} from '../method.ts';
import {u64Param, wantsHex} from '../params.ts';
import {blockView} from '../views.ts';

/** What is not there: a block to come, or one that was pruned or never fetched. */
function notFound(height: bigint, last: bigint): ApiError {
  const facts = {what: 'block', height};
  if (height > last) return new ApiError('API_NOT_FOUND', facts);
  const reason = 'older than the blocks that this node keeps';
  return new ApiError('API_NOT_FOUND', {...facts, reason});
}

/** The accepted block of a height. */
export const getBlockByHeight: Method<'getBlockByHeight'> = {
  params: ['height', 'encoding'],
  async call({chain, store}, params) {
    const height = u64Param(params, 'height');
    const withBytes = wantsHex(params);
    const id = await store.getBlockIdAtHeight(height);
    const bytes = id === undefined ? undefined : await store.getBlock(id);
    if (bytes === undefined) throw notFound(height, chain.lastAccepted.block.height);
    return blockView(parseBlock(bytes), withBytes);
  },
};
