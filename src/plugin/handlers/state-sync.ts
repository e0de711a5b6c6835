import {sha256} from '../../crypto/hash.ts';
import {StateSummary} from '../../protocol/chain/state-summary.ts';
import {decode} from '../../protocol/codec.ts';
import {type StateSummaryResponse, SyncMode, VMError, type VmMethods} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';
import {type EncodedSummary, encodeSummary} from '../sync/summary-shelf.ts';

const EMPTY = new Uint8Array();
const NO_SUMMARY: StateSummaryResponse = {
  id: EMPTY,
  height: 0n,
  bytes: EMPTY,
  err: VMError.NOT_FOUND,
};

type StateSyncMethods = Pick<
  VmMethods,
  | 'StateSyncEnabled'
  | 'GetOngoingSyncStateSummary'
  | 'GetLastStateSummary'
  | 'ParseStateSummary'
  | 'GetStateSummary'
  | 'StateSummaryAccept'
>;

function summaryView(encoded: EncodedSummary | undefined): StateSummaryResponse {
  if (encoded === undefined) return NO_SUMMARY;
  const {id, bytes, summary} = encoded;
  return {id, height: summary.height, bytes, err: VMError.NONE};
}

/**
 * The six methods by which nodes agree on a summary and hand it over. None but ParseStateSummary of
 * bad bytes fails: the node would stop the chain. Host-protocol §3.10.
 */
export function stateSync(vm: PluginVm): StateSyncMethods {
  return {
    StateSyncEnabled: () => ({enabled: vm.requireRunning().sync.isEnabled, err: VMError.NONE}),
    GetOngoingSyncStateSummary() {
      const {ongoing} = vm.requireRunning().sync;
      return summaryView(ongoing && encodeSummary(ongoing));
    },
    GetLastStateSummary: () => summaryView(vm.requireRunning().shelf.newest),
    ParseStateSummary({bytes}) {
      vm.requireRunning();
      const {height} = decode(StateSummary, bytes);
      return {id: sha256(bytes), height, err: VMError.NONE};
    },
    GetStateSummary({height}) {
      const {id, bytes, err} = summaryView(vm.requireRunning().shelf.at(height));
      return {id, bytes, err};
    },
    async StateSummaryAccept({bytes}) {
      const {sync} = vm.requireRunning();
      const hasBegun = await sync.accept(decode(StateSummary, bytes));
      return {mode: hasBegun ? SyncMode.STATIC : SyncMode.SKIPPED, err: VMError.NONE};
    },
  };
}
