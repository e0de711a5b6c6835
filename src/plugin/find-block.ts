import type {BlockId} from '../protocol/bytes.ts';
import {type ParsedBlock, parseBlock} from '../vm/parsed-block.ts';
import type {RunningChain} from './running-chain.ts';

/** A processing or accepted block, genesis included. */
export async function findBlock(
  {chain, store}: RunningChain,
  id: BlockId,
): Promise<ParsedBlock | undefined> {
  const known = chain.getBlock(id);
  if (known !== undefined) return known;
  const bytes = await store.getBlock(id);
  return bytes === undefined ? undefined : parseBlock(bytes);
}
