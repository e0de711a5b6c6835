import type {VmMethods} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';
import {appGossip} from './app-gossip.ts';
import {appRequest} from './app-request.ts';
import {appRequestFailed} from './app-request-failed.ts';
import {appResponse} from './app-response.ts';
import {batchedParseBlock} from './batched-parse-block.ts';
import {blockAccept} from './block-accept.ts';
import {blockReject} from './block-reject.ts';
import {blockVerify} from './block-verify.ts';
import {buildBlock} from './build-block.ts';
import {connected} from './connected.ts';
import {createHandlers} from './create-handlers.ts';
import {disconnected} from './disconnected.ts';
import {gather} from './gather.ts';
import {getAncestors} from './get-ancestors.ts';
import {getBlock} from './get-block.ts';
import {getBlockIdAtHeight} from './get-block-id-at-height.ts';
import {health} from './health.ts';
import {initialize} from './initialize.ts';
import {newHttpHandler} from './new-http-handler.ts';
import {parseBlock} from './parse-block.ts';
import {setPreference} from './set-preference.ts';
import {setState} from './set-state.ts';
import {shutdown} from './shutdown.ts';
import {stateSync} from './state-sync.ts';
import {version} from './version.ts';
import {waitForEvent} from './wait-for-event.ts';

/** Every method of `vm.VM`; one that is missing does not type-check. */
export function createVmMethods(vm: PluginVm): VmMethods {
  return {
    Initialize: initialize(vm),
    SetState: setState(vm),
    Shutdown: shutdown(vm),
    CreateHandlers: createHandlers(vm),
    NewHTTPHandler: newHttpHandler(vm),
    WaitForEvent: waitForEvent(vm),
    Connected: connected(vm),
    Disconnected: disconnected(vm),
    BuildBlock: buildBlock(vm),
    ParseBlock: parseBlock(vm),
    GetBlock: getBlock(vm),
    SetPreference: setPreference(vm),
    Health: health(vm),
    Version: version(),
    AppRequest: appRequest(vm),
    AppRequestFailed: appRequestFailed(vm),
    AppResponse: appResponse(vm),
    AppGossip: appGossip(vm),
    Gather: gather(vm),
    GetAncestors: getAncestors(vm),
    BatchedParseBlock: batchedParseBlock(vm),
    GetBlockIDAtHeight: getBlockIdAtHeight(vm),
    ...stateSync(vm),
    BlockVerify: blockVerify(vm),
    BlockAccept: blockAccept(vm),
    BlockReject: blockReject(vm),
  };
}
