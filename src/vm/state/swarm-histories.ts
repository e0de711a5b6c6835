import {u32At} from '../../protocol/bytes.ts';
import {SwarmHistory} from '../../protocol/chain/sparse-records.ts';
import {SWARM_HISTORY_PREFIX, swarmHistoryKey} from '../../protocol/chain/state-keys.ts';
import {getRecord, putRecord} from './record.ts';
import type {StateReader, StateWriter} from './view.ts';

const NO_HISTORY: SwarmHistory = {
  unservedSince: undefined,
  restartedAt: undefined,
  mergedAt: undefined,
};

/** A swarm that never lost its last serving member has no history. */
export function getSwarmHistory(state: StateReader, swarmId: number): SwarmHistory {
  return getRecord(state, swarmHistoryKey(swarmId), SwarmHistory) ?? NO_HISTORY;
}

/** Writes the history, or removes it when it says nothing any more. */
export function putSwarmHistory(state: StateWriter, swarmId: number, history: SwarmHistory): void {
  const {unservedSince, restartedAt, mergedAt} = history;
  const key = swarmHistoryKey(swarmId);
  if ((unservedSince ?? restartedAt ?? mergedAt) === undefined) state.delete(key);
  else putRecord(state, key, SwarmHistory, history);
}

/** Forgets swarms that do not exist any more: all ids from this one on. */
export function dropSwarmHistoriesFrom(state: StateWriter, firstId: number): void {
  const stale: Uint8Array[] = [];
  for (const [key] of state.entries(SWARM_HISTORY_PREFIX)) {
    if (u32At(key, 1) >= firstId) stale.push(key);
  }
  for (const key of stale) state.delete(key);
}
