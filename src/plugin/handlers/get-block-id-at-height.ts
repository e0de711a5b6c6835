import {
  type GetBlockIDAtHeightRequest,
  type GetBlockIDAtHeightResponse,
  type Unary,
  VMError,
} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.GetBlockIDAtHeight`: accepted blocks only. */
export function getBlockIdAtHeight(
  vm: PluginVm,
): Unary<GetBlockIDAtHeightRequest, GetBlockIDAtHeightResponse> {
  return async ({height}) => {
    const blkId = await vm.requireRunning().store.getBlockIdAtHeight(height);
    if (blkId === undefined) return {blkId: new Uint8Array(), err: VMError.NOT_FOUND};
    return {blkId, err: VMError.NONE};
  };
}
