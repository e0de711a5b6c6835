import type {PhaseName} from '../../protocol/api.ts';
import type {EpochTimes} from '../../protocol/chain/epoch-times.ts';
import type {EpochState} from '../../protocol/chain/state-records.ts';
import type {ChainConfig} from '../../vm/config.ts';
import type {ExecutedBlock} from '../../vm/execute-block.ts';
import {nextBoundary, timesAt} from '../../vm/open-block.ts';
import {phaseOf} from '../../vm/phase.ts';
import {getEpochState} from '../../vm/state/singletons.ts';

export type EpochPosition = {
  readonly epoch: EpochState;
  readonly times: EpochTimes;
  /** Phase of a child that comes right after the last accepted block. */
  readonly phase: PhaseName;
  readonly phaseEnd: bigint;
};

/** Where the chain stands by block time; clocks have no say in it. */
export function epochPosition(config: ChainConfig, {block, map}: ExecutedBlock): EpochPosition {
  const epoch = getEpochState(map);
  const times = timesAt(config, block.timestamp);
  const child = {height: block.height + 1n, timestamp: block.timestamp};
  const phase = phaseOf(epoch, times, child);
  return {epoch, times, phase, phaseEnd: nextBoundary(config, block.timestamp)};
}
