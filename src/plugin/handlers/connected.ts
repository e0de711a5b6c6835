import {toNodeId} from '../../protocol/bytes.ts';
import type {ConnectedRequest, Empty, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.Connected`: also for the own node, and again for one that is connected. */
export function connected(vm: PluginVm): Unary<ConnectedRequest, Empty> {
  return ({nodeId, name, major, minor, patch}) => {
    vm.requireRunning().peers.connected(toNodeId(nodeId), {name, major, minor, patch});
    return {};
  };
}
