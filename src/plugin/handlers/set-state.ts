import type {VmState} from '../api-context.ts';
import {createChainWork} from '../chain-work.ts';
import {PluginError} from '../errors.ts';
import {
  type LastAcceptedResponse,
  NodeState,
  type SetStateRequest,
  type Unary,
} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';
import {lastAcceptedView} from './block-view.ts';

const STATES: ReadonlyMap<number, VmState> = new Map([
  [NodeState.STATE_SYNCING, 'stateSyncing'],
  [NodeState.BOOTSTRAPPING, 'bootstrapping'],
  [NodeState.NORMAL_OP, 'normalOp'],
]);

/** `VM.SetState`. Blocks are announced in normal operation only: before it the node drops events. */
export function setState(vm: PluginVm): Unary<SetStateRequest, LastAcceptedResponse> {
  return ({state: number}) =>
    vm.queue.run(() => {
      const running = vm.requireRunning();
      const state = STATES.get(number);
      if (state === undefined)
        throw new PluginError('PLUGIN_BAD_REQUEST', {field: 'state', number});
      vm.state = state;
      const {chain, mempool, puller, sync} = running;
      if (state !== 'stateSyncing') sync.leave(state === 'normalOp');
      vm.waiter.setSource(state === 'normalOp' ? createChainWork(chain, mempool) : undefined);
      puller?.update();
      return lastAcceptedView(running);
    });
}
