import {toBlockId} from '../../protocol/bytes.ts';
import {acceptBlock} from '../block-calls.ts';
import type {Empty, IdRequest, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.BlockAccept`: when it is answered, the block is on disk. */
export function blockAccept(vm: PluginVm): Unary<IdRequest, Empty> {
  return async ({id}) => {
    await acceptBlock(vm.requireRunning(), toBlockId(id));
    return {};
  };
}
