import {AmnestyHistory} from '../../protocol/chain/sparse-records.ts';
import {AMNESTY_KEY, EPOCH_STATE_KEY, TOTALS_KEY} from '../../protocol/chain/state-keys.ts';
import {EpochState, Totals} from '../../protocol/chain/state-records.ts';
import {getRecord, putRecord, requireRecord} from './record.ts';
import type {StateReader, StateWriter} from './view.ts';

export function getEpochState(state: StateReader): EpochState {
  return requireRecord(state, EPOCH_STATE_KEY, EpochState);
}

export function putEpochState(state: StateWriter, epoch: EpochState): void {
  putRecord(state, EPOCH_STATE_KEY, EpochState, epoch);
}

export function getTotals(state: StateReader): Totals {
  return requireRecord(state, TOTALS_KEY, Totals);
}

export function putTotals(state: StateWriter, totals: Totals): void {
  putRecord(state, TOTALS_KEY, Totals, totals);
}

export function getAmnesties(state: StateReader): AmnestyHistory {
  return getRecord(state, AMNESTY_KEY, AmnestyHistory) ?? {transitions: []};
}

export function putAmnesties(state: StateWriter, history: AmnestyHistory): void {
  putRecord(state, AMNESTY_KEY, AmnestyHistory, history);
}

/** All units that no account and no node holds any more. */
export function burnedTotal({burnedByMisses, burnedByFaults, burnedFees}: Totals): bigint {
  return burnedByMisses + burnedByFaults + burnedFees;
}
