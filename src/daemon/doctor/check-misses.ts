import {formatAmount} from '../../client/amounts.ts';
import type {NetworkInfo, ServiceNodeInfo} from '../../protocol/api.ts';
import {MAX_MISSES, MISS_DIVISOR} from '../../protocol/chain/limits.ts';
import {type Finding, ok, warn} from './finding.ts';

type Stake = Pick<ServiceNodeInfo, 'principal' | 'misses' | 'stake' | 'credit'>;

/** Base units that one more miss burns; credit pays first. SPEC.md §7.4. */
export function nextMissBurn({principal, misses, stake, credit}: Stake): bigint {
  if (credit > 0) return 0n;
  const [whole, count, left] = [BigInt(principal), BigInt(misses), BigInt(stake)];
  const burned = (whole * (count + 1n)) / MISS_DIVISOR - (whole * count) / MISS_DIVISOR;
  return burned < left ? burned : left;
}

/** Misses so far, and what one more costs. */
export function checkMisses(node: ServiceNodeInfo, {token}: NetworkInfo): Finding {
  const {misses, credit, uptimeScore, lastVerdict} = node;
  const cost = credit > 0 ? `one of ${credit} credits` : formatAmount(nextMissBurn(node), token);
  const score = `score ${(uptimeScore / 100).toFixed(2)} %`;
  const text = `${misses} of ${MAX_MISSES} misses, ${score}; one more costs ${cost}`;
  if (lastVerdict !== 'miss') return ok('misses', text);
  const reasons = node.lastMissReasons.join(', ');
  const last = `its last judged epoch, ${node.lastMissEpoch}, was a miss: ${reasons}`;
  return warn('misses', `${text}; ${last}`, 'keep the node running, and its clock right');
}
