import type {AppRequestMsg, Empty, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/**
 * `VM.AppRequest`: the answer follows as a message of its own. Never fails: a peer wrote it, and
 * the node would stop the chain.
 */
export function appRequest(vm: PluginVm): Unary<AppRequestMsg, Empty> {
  return (message) => {
    vm.requireRunning().server.take(message);
    return {};
  };
}
