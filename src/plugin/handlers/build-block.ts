import {buildNextBlock} from '../block-calls.ts';
import type {BuildBlockRequest, BuildBlockResponse, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';
import {blockView} from './block-view.ts';

/** `VM.BuildBlock`: with or without a P-chain height, which changes nothing here. */
export function buildBlock(vm: PluginVm): Unary<BuildBlockRequest, BuildBlockResponse> {
  return async () => {
    const block = await buildNextBlock(vm.requireRunning());
    return {...blockView(block), bytes: block.bytes};
  };
}
