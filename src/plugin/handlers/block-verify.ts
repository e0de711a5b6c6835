import {verifyBlock} from '../block-calls.ts';
import type {BlockVerifyRequest, BlockVerifyResponse, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.BlockVerify`: of bytes that this process may never have seen. */
export function blockVerify(vm: PluginVm): Unary<BlockVerifyRequest, BlockVerifyResponse> {
  return async ({bytes}) => {
    const {timestamp} = await verifyBlock(vm.requireRunning(), bytes);
    return {timestamp};
  };
}
