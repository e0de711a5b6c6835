import {parseBlock} from '../../../vm/parsed-block.ts';
import {ApiError} from '../errors.ts';
import type {Method} from '../method.ts';
import {u64Param, wantsHex} from '../params.ts';
import {blockView} from '../views.ts';

/** The accepted block of a height. */
export const getBlockByHeight: Method<'getBlockByHeight'> = {
  params: ['height', 'encoding'],
  async call({store}, params) {
    const height = u64Param(params, 'height');
    const withBytes = wantsHex(params);
    const id = await store.getBlockIdAtHeight(height);
    const bytes = id === undefined ? undefined : await store.getBlock(id);
    if (bytes === undefined) throw new ApiError('API_NOT_FOUND', {what: 'block', height});
    return blockView(parseBlock(bytes), withBytes);
  },
};
