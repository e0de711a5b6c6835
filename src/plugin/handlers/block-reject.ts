import {toBlockId} from '../../protocol/bytes.ts';
import {rejectBlock} from '../block-calls.ts';
import type {Empty, IdRequest, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.BlockReject`: its transactions wait again. */
export function blockReject(vm: PluginVm): Unary<IdRequest, Empty> {
  return async ({id}) => {
    await rejectBlock(vm.requireRunning(), toBlockId(id));
    return {};
  };
}
