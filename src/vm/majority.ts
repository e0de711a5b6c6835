import type {Hash} from '../protocol/bytes.ts';
import type {SwarmInEpoch} from '../protocol/chain/state-keys.ts';
import type {StoredSet} from '../protocol/chain/storage-commitment.ts';
import {putSwarmEpoch, swarmEpochs, swarmTallies} from './state/duties.ts';
import type {StateReader, StateWriter} from './state/view.ts';

/** The C that more than half of the swarm's duty members ended on, if there is one. Chain-rules §4. */
function majorityOf(
  state: StateReader,
  at: SwarmInEpoch,
  dutyCount: number,
): {readonly c: Hash; readonly set: StoredSet} | undefined {
  for (const [c, {ended, set}] of swarmTallies(state, at)) {
    if (ended * 2 > dutyCount) return {c, set};
  }
  return undefined;
}

/** Fixes W of every swarm, before the transactions of the first block after round B. */
export function fixMajorities(state: StateWriter, epoch: bigint): void {
  for (const [swarmId, record] of [...swarmEpochs(state, epoch)]) {
    const at = {epoch, swarmId};
    const w = majorityOf(state, at, record.dutyCount);
    if (w !== undefined) putSwarmEpoch(state, at, {...record, w});
  }
}
