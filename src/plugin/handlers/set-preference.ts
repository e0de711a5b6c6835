import {toBlockId} from '../../protocol/bytes.ts';
import {setPreference as prefer} from '../block-calls.ts';
import type {Empty, IdRequest, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.SetPreference`: the next block is built on this one. */
export function setPreference(vm: PluginVm): Unary<IdRequest, Empty> {
  return async ({id}) => {
    await prefer(vm.requireRunning(), toBlockId(id));
    return {};
  };
}
