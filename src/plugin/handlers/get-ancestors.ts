import {toBlockId} from '../../protocol/bytes.ts';
import {findBlock} from '../find-block.ts';
import type {GetAncestorsRequest, GetAncestorsResponse, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** What the length of each block costs in the node's answer. */
const LENGTH_BYTES = 4;
/** However much a host asks for: its own limit. */
const MAX_BLOCKS = 2048;

/**
 * `VM.GetAncestors`: the block, then its parents while all three limits hold. The first block always
 * counts, also under limits that are zero or negative: the node passes on what its own blocks left.
 */
export function getAncestors(vm: PluginVm): Unary<GetAncestorsRequest, GetAncestorsResponse> {
  return async ({blkId, maxBlocksNum, maxBlocksSize, maxBlocksRetrivalTime}) => {
    const running = vm.requireRunning();
    const endsAt = performance.now() + Number(maxBlocksRetrivalTime) / 1_000_000;
    const maxBlocks = Math.min(maxBlocksNum, MAX_BLOCKS);
    const blksBytes: Uint8Array[] = [];
    let size = 0;
    let next = toBlockId(blkId);
    for (;;) {
      const isFirst = blksBytes.length === 0;
      if (!isFirst && (blksBytes.length >= maxBlocks || performance.now() >= endsAt)) break;
      const block = await findBlock(running, next);
      if (block === undefined) break;
      size += block.bytes.length + LENGTH_BYTES;
      if (!isFirst && size > maxBlocksSize) break;
      blksBytes.push(block.bytes);
      next = block.parentId;
    }
    return {blksBytes};
  };
}
