import {toBlockId} from '../../../protocol/bytes.ts';
import {parseBlock} from '../../../vm/parsed-block.ts';
import {ApiError} from '../errors.ts';
import type {Method} from '../method.ts';
import {idParam, wantsHex} from '../params.ts';
import {blockView} from '../views.ts';

/** An accepted or processing block by id. */
export const getBlock: Method<'getBlock'> = {
  params: ['id', 'encoding'],
  async call({chain, store}, params) {
    const id = toBlockId(idParam(params, 'id'));
    const withBytes = wantsHex(params);
    const processing = chain.getBlock(id);
    if (processing !== undefined) return blockView(processing, withBytes);
    const bytes = await store.getBlock(id);
    if (bytes === undefined) throw new ApiError('API_NOT_FOUND', {what: 'block'});
    return blockView(parseBlock(bytes), withBytes);
  },
};
