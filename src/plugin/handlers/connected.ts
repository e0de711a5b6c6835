import {toNodeId} from '../../protocol/bytes.ts';
import type {ConnectedRequest, Empty, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.Connected`: the node picks whom to gossip to, so nothing is kept. */
export function connected(vm: PluginVm): Unary<ConnectedRequest, Empty> {
  return ({nodeId}) => {
    vm.requireRunning();
    toNodeId(nodeId);
    return {};
  };
}
