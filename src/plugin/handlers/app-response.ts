import type {AppResponseMsg, Empty, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.AppResponse`: we ask nothing, so it answers nothing of ours. */
export function appResponse(vm: PluginVm): Unary<AppResponseMsg, Empty> {
  return () => {
    vm.requireRunning();
    return {};
  };
}
