import {type Empty, type Unary, VMEvent, type WaitForEventResponse} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.WaitForEvent`: served in every state, as the node asks before SetState. */
export function waitForEvent(vm: PluginVm): Unary<Empty, WaitForEventResponse> {
  return async (_request, {signal}) => {
    const event = await vm.waiter.wait(signal);
    const isWork = event === 'work';
    return {message: isWork ? VMEvent.BUILD_BLOCK : VMEvent.STATE_SYNC_FINISHED};
  };
}
