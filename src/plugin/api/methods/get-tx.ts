import {idToString} from '../../../crypto/ids.ts';
import type {TxInfo} from '../../../protocol/api.ts';
import {equalBytes, type TxId, toTxId} from '../../../protocol/bytes.ts';
import {type ParsedBlock, parseBlock} from '../../../vm/parsed-block.ts';
import type {ParsedTx} from '../../../vm/parsed-tx.ts';
import type {ApiContext} from '../../api-context.ts';
import {hex} from '../hex.ts';
import type {Method} from '../method.ts';
import {idParam} from '../params.ts';

function details({tx, bytes}: ParsedTx): Pick<TxInfo, 'kind' | 'bytes'> {
  return {kind: tx.unsigned.type, bytes: hex(bytes)};
}

function inBlock(block: ParsedBlock, id: TxId, status: TxInfo['status']): TxInfo | undefined {
  const tx = block.txs.find((other) => equalBytes(other.id, id));
  if (tx === undefined) return undefined;
  const where = {blockId: idToString(block.id), height: block.height.toString()};
  return {id: idToString(id), status, ...where, ...details(tx)};
}

async function accepted({store}: ApiContext, id: TxId): Promise<TxInfo | undefined> {
  const height = await store.getTxHeight(id);
  const blockId = height === undefined ? undefined : await store.getBlockIdAtHeight(height);
  const bytes = blockId === undefined ? undefined : await store.getBlock(blockId);
  return bytes === undefined ? undefined : inBlock(parseBlock(bytes), id, 'accepted');
}

/** Where a transaction is: accepted, in a block under decision, waiting, refused not long ago, or nowhere. */
export const getTx: Method<'getTx'> = {
  params: ['id'],
  async call(context, params) {
    const id = toTxId(idParam(params, 'id'));
    const found = await accepted(context, id);
    if (found !== undefined) return found;
    for (const block of context.chain.processing()) {
      const processing = inBlock(block, id, 'processing');
      if (processing !== undefined) return processing;
    }
    const pending = context.mempool.get(id);
    if (pending !== undefined) return {id: idToString(id), status: 'pending', ...details(pending)};
    const refusal = context.refusalOf(id);
    if (refusal === undefined) return {id: idToString(id), status: 'unknown'};
    return {id: idToString(id), status: 'refused', code: refusal.code};
  },
};
