import {toNodeId} from '../../protocol/bytes.ts';
import type {DisconnectedRequest, Empty, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.Disconnected`: also for a node that never connected. What it was asked has no answer. */
export function disconnected(vm: PluginVm): Unary<DisconnectedRequest, Empty> {
  return ({nodeId}) => {
    const {peers, requests} = vm.requireRunning();
    peers.disconnected(toNodeId(nodeId));
    requests.onDisconnected(nodeId);
    return {};
  };
}
