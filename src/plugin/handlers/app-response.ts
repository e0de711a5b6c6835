import type {AppResponseMsg, Empty, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.AppResponse`: never fails, also when nothing was asked. */
export function appResponse(vm: PluginVm): Unary<AppResponseMsg, Empty> {
  return ({nodeId, requestId, response}) => {
    vm.requireRunning().requests.onResponse(nodeId, requestId, response);
    return {};
  };
}
