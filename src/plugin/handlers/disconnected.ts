import {toNodeId} from '../../protocol/bytes.ts';
import type {DisconnectedRequest, Empty, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.Disconnected`: also for a node that never connected. */
export function disconnected(vm: PluginVm): Unary<DisconnectedRequest, Empty> {
  return ({nodeId}) => {
    vm.requireRunning();
    toNodeId(nodeId);
    return {};
  };
}
