import type {Empty, NewHTTPHandlerResponse, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.NewHTTPHandler`: there is no handler by header. */
export function newHttpHandler(vm: PluginVm): Unary<Empty, NewHTTPHandlerResponse> {
  return () => {
    vm.requireRunning();
    return {serverAddr: ''};
  };
}
