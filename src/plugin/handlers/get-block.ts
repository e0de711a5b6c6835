import {toBlockId} from '../../protocol/bytes.ts';
import {findBlock} from '../find-block.ts';
import {type GetBlockResponse, type IdRequest, type Unary, VMError} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

const EMPTY = new Uint8Array();
const NO_BLOCK: GetBlockResponse = {
  parentId: EMPTY,
  bytes: EMPTY,
  height: 0n,
  verifyWithContext: false,
  err: VMError.NOT_FOUND,
};

/**
 * `VM.GetBlock`. A missing block is an ordinary answer: the node turns `err` back into its own
 * not-found error. A failed call would mean that the VM failed.
 */
export function getBlock(vm: PluginVm): Unary<IdRequest, GetBlockResponse> {
  return async ({id}) => {
    const block = await findBlock(vm.requireRunning(), toBlockId(id));
    if (block === undefined) return NO_BLOCK;
    const {parentId, bytes, height, timestamp} = block;
    return {parentId, bytes, height, timestamp, verifyWithContext: false, err: VMError.NONE};
  };
}
