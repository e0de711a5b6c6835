import {bytesToKey} from '../protocol/bytes.ts';
import type {DutyUnsigned} from '../protocol/chain/tx.ts';
import type {Chain} from './chain.ts';
import type {TxErrorCode} from './errors.ts';
import type {Mempool} from './mempool.ts';
import {timesAt} from './open-block.ts';
import {getEpochState} from './state/singletons.ts';
import {DUTY_TX_TYPES} from './txs/registry.ts';

type Refusal = (duty: DutyUnsigned) => TxErrorCode | undefined;

/** Why no block after the last accepted one can take a duty: its epoch or its phase is over. */
function pastDuties({config, lastAccepted: {block, map}}: Chain): Refusal {
  const running = getEpochState(map);
  const times = timesAt(config, block.timestamp);
  const isOver = {
    roundA: block.timestamp >= times.roundAEnd,
    roundB: block.timestamp >= times.roundBEnd,
    answers: running.answersClosed,
    rest: true,
  };
  return ({type, value: {epoch, revision}}) => {
    if (epoch < running.epoch) return 'TX_WRONG_EPOCH';
    if (epoch > running.epoch) return undefined;
    return isOver[DUTY_TX_TYPES[type].phase(revision)] ? 'TX_WRONG_PHASE' : undefined;
  };
}

/** What waits of nodes that the last accepted block convicted: their duties of the epoch are over. */
function convictedDuties({lastAccepted: {block, map}}: Chain): Refusal {
  const running = getEpochState(map);
  const convicted = new Set(
    block.txs.flatMap(({tx: {unsigned}}) =>
      unsigned.type === 'evidence' ? [bytesToKey(unsigned.value.body.first.duty.nodeId)] : [],
    ),
  );
  return ({value: {epoch, nodeId}}) =>
    epoch === running.epoch && convicted.has(bytesToKey(nodeId)) ? 'TX_NO_DUTY' : undefined;
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
  if (block.txs.some(({tx}) => tx.unsigned.type === 'evidence')) {
    mempool.dropDuties(convictedDuties(chain));
  }
}
