import {formatAmount} from '../../client/amounts.ts';
import type {NetworkInfo, ServiceNodeInfo} from '../../protocol/api.ts';
import {type Finding, fail, ok, warn} from './finding.ts';

const LEAVING: Readonly<Record<ServiceNodeInfo['leaving'], string>> = {
  no: 'nobody said why',
  wish: 'its owner wished it',
  misses: 'it missed too often',
  evidence: 'it signed two commitments for one epoch',
  joinTimeout: 'it did not join its swarm in time',
};

function checkLeaving(node: ServiceNodeInfo, staked: string): Finding {
  const {leaving, epochsToRetirement, queuePosition, returning} = node;
  if (returning) {
    const text = `coming back: active again after an epoch that it passes; ${staked}`;
    return warn('registration', text, 'keep it running');
  }
  const when =
    queuePosition === null
      ? `retired in ${epochsToRetirement ?? '?'} epochs`
      : `waiting for its turn, number ${queuePosition} of its swarm`;
  const text = `leaving, since ${LEAVING[leaving]}: ${when}; ${staked}`;
  if (leaving === 'wish') return warn('registration', text, 'keep it running until it is retired');
  const advice = "it has no duties any more; 'sessionvm stake add' to the minimum brings it back";
  return warn('registration', text, advice);
}

/** The node's record in the registry: status, stake, seat. */
export function checkRegistration(
  node: ServiceNodeInfo | undefined,
  {token, minStake}: NetworkInfo,
): Finding {
  if (node === undefined) {
    const advice = "start the node with --owner-key, or sign its request: 'sessionvm register'";
    return fail('registration', 'the chain does not know this node', advice);
  }
  const {status, leaving, swarmId, seat} = node;
  const [stake, least] = [BigInt(node.stake), BigInt(minStake)];
  const staked = `stake ${formatAmount(stake, token)}`;
  if (status === 'retired') {
    const advice = 'stop it; a node that registers again keeps its key and its NodeID';
    return fail('registration', `retired, since ${LEAVING[leaving]}; ${staked}`, advice);
  }
  if (status === 'decommissioning') return checkLeaving(node, staked);
  if (swarmId === null) {
    return warn('registration', `active, without a seat yet; ${staked}`, 'wait for the next epoch');
  }
  const place = `active, ${seat} in swarm ${swarmId}; ${staked}`;
  if (stake >= least) return ok('registration', place);
  const text = `${place}, below the minimum of ${formatAmount(least, token)}`;
  return warn('registration', text, 'misses have burned some of it: see why below');
}
