import {type StateSummaryResponse, VMError, type VmMethods} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

const EMPTY = new Uint8Array();
const err = VMError.STATE_SYNC_NOT_IMPLEMENTED;
const NO_SUMMARY: StateSummaryResponse = {id: EMPTY, height: 0n, bytes: EMPTY, err};

type StateSyncMethods = Pick<
  VmMethods,
  | 'StateSyncEnabled'
  | 'GetOngoingSyncStateSummary'
  | 'GetLastStateSummary'
  | 'ParseStateSummary'
  | 'GetStateSummary'
  | 'StateSummaryAccept'
>;

/** Nodes bootstrap this chain block by block: the six answers of a VM without state sync. */
export function stateSync(vm: PluginVm): StateSyncMethods {
  const answer =
    <T>(response: T) =>
    (): T => {
      vm.requireRunning();
      return response;
    };
  return {
    StateSyncEnabled: answer({enabled: false, err: VMError.NONE}),
    GetOngoingSyncStateSummary: answer(NO_SUMMARY),
    GetLastStateSummary: answer(NO_SUMMARY),
    ParseStateSummary: answer({id: EMPTY, height: 0n, err}),
    GetStateSummary: answer({id: EMPTY, bytes: EMPTY, err}),
    StateSummaryAccept: answer({mode: 0, err}),
  };
}
