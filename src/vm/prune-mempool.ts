import type {DutyUnsigned} from '../protocol/chain/tx.ts';
import type {Chain} from './chain.ts';
import type {Mempool} from './mempool.ts';
import {timesAt} from './open-block.ts';
import {getEpochState} from './state/singletons.ts';
import {DUTY_TX_TYPES} from './txs/registry.ts';

/** Whether no block after the last accepted one can take a duty: its epoch or phase is over. */
function pastDuties({config, lastAccepted: {block, map}}: Chain): (duty: DutyUnsigned) => boolean {
  const running = getEpochState(map);
  const times = timesAt(config, block.timestamp);
  const isOver = {
    roundA: block.timestamp >= times.roundAEnd,
    roundB: block.timestamp >= times.roundBEnd,
    answers: running.answersClosed,
    rest: true,
  };
  return ({type, value: {epoch, revision}}) =>
    epoch < running.epoch ||
    (epoch === running.epoch && isOver[DUTY_TX_TYPES[type].phase(revision)]);
}

/**
 * After an accept: takes out of the mempool what the block holds and what no later block can. What
 * became invalid in another way leaves when the builder meets it.
 */
export function pruneMempool(mempool: Mempool, chain: Chain): void {
  const {block} = chain.lastAccepted;
  for (const tx of block.txs) mempool.removeSettled(tx);
  mempool.dropExpired(block.height);
  mempool.dropDuties(pastDuties(chain));
}
