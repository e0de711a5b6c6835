import type {Empty, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.Shutdown`: may be the first call, and may come twice. The process ends after the answer. */
export function shutdown(vm: PluginVm): Unary<Empty, Empty> {
  return async () => {
    vm.ports.shutdownReceived();
    await vm.stop();
    // After the reply has been handed to the socket: a SIGTERM may come with its arrival.
    setImmediate(() => vm.ports.shutdownAnswered());
    return {};
  };
}
