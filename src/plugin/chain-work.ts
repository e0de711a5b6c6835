import {hasWork} from '../vm/builder.ts';
import type {Chain} from '../vm/chain.ts';
import type {Mempool} from '../vm/mempool.ts';
import type {WorkSource} from './event-waiter.ts';

const later = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/**
 * When a block can be built: never sooner after its parent than the rules allow, because a builder
 * that refuses what was announced makes the node ask in a loop.
 */
export function createChainWork(chain: Chain, mempool: Mempool): WorkSource {
  const earliest = (): bigint =>
    chain.preferredParent.timestamp + BigInt(chain.config.rules.minBlockIntervalMs);
  return {
    hasWork: (nowMs) => nowMs >= earliest() && hasWork(chain, mempool, nowMs),
    nextWorkTime(nowMs) {
      const spaced = earliest();
      // Waiting transactions were tried already when the spacing has passed: only time can help.
      if (mempool.size > 0 && nowMs < spaced) return spaced;
      return later(chain.nextEmptyBlockTime, spaced);
    },
  };
}
