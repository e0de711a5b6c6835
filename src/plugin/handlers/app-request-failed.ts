import type {AppRequestFailedMsg, Empty, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.AppRequestFailed`: never fails, also when nothing was asked. */
export function appRequestFailed(vm: PluginVm): Unary<AppRequestFailedMsg, Empty> {
  return ({nodeId, requestId, errorCode}) => {
    vm.requireRunning().requests.onFailed(nodeId, requestId, errorCode);
    return {};
  };
}
