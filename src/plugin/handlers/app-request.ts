import {toNodeId} from '../../protocol/bytes.ts';
import type {AppRequestMsg, Empty, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** The number that the nodes' own library gives a request that nobody handles. */
const UNREGISTERED_HANDLER = {code: -2, message: 'this chain answers no requests'};

/**
 * `VM.AppRequest`: nodes of this chain ask each other nothing so far, and say so in time for the
 * peer not to wait. Never fails: a peer wrote it, and the node would stop the chain.
 */
export function appRequest(vm: PluginVm): Unary<AppRequestMsg, Empty> {
  return ({nodeId, requestId, deadline = 0n}) => {
    const {messenger, now} = vm.requireRunning();
    if (nodeId.length !== toNodeId.byteLength || deadline <= now()) return {};
    void messenger.sendError(toNodeId(nodeId), requestId, UNREGISTERED_HANDLER);
    return {};
  };
}
