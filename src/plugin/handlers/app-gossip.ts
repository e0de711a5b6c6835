import {errorFacts} from '../logger.ts';
import type {AppGossipMsg, Empty, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.AppGossip`: never fails, whatever a peer wrote; the node would stop the chain. */
export function appGossip(vm: PluginVm): Unary<AppGossipMsg, Empty> {
  return async ({nodeId, msg}) => {
    const {gossip} = vm.requireRunning();
    try {
      await gossip?.receive(nodeId, msg);
    } catch (error) {
      vm.ports.logger.error('gossip could not be processed', errorFacts(error));
    }
    return {};
  };
}
