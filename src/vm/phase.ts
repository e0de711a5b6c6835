import type {EpochTimes} from '../protocol/chain/epoch-times.ts';
import type {EpochState} from '../protocol/chain/state-records.ts';

/** Which duty a block may carry. SPEC.md §6.1. */
export type Phase = 'roundA' | 'roundB' | 'answers' | 'rest';

export type BlockPosition = {readonly height: bigint; readonly timestamp: bigint};

/**
 * Phase of a block. Rounds go by time alone; answers begin after height h and end with the closing
 * block, so `epoch` is the state before that block closes the window.
 */
export function phaseOf(
  epoch: Pick<EpochState, 'answersAfter' | 'answersClosed'>,
  times: EpochTimes,
  {height, timestamp}: BlockPosition,
): Phase {
  if (timestamp < times.roundAEnd) return 'roundA';
  if (timestamp < times.roundBEnd) return 'roundB';
  const {answersAfter, answersClosed} = epoch;
  if (answersAfter !== undefined && height > answersAfter && !answersClosed) return 'answers';
  return 'rest';
}
