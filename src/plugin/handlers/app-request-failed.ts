import type {AppRequestFailedMsg, Empty, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.AppRequestFailed`: we ask nothing, so it answers nothing of ours. */
export function appRequestFailed(vm: PluginVm): Unary<AppRequestFailedMsg, Empty> {
  return () => {
    vm.requireRunning();
    return {};
  };
}
