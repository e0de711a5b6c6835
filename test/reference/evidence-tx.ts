import type {AccountRule} from './account-rule.ts';
import {commitmentHash} from './duty-txs.ts';
import {nodeOf} from './queries.ts';
import {LEAVING_TRANSITIONS} from './stake-txs.ts';
import {BY_EVIDENCE, DECOMMISSIONING, RETIRED} from './state.ts';
import type {Bodies} from './transactions.ts';
import {reach} from './world.ts';

const PAUSE_TRANSITIONS = 24;

function isEquivocation({first, second}: Bodies['evidence']): boolean {
  const isSame =
    first.nodeId === second.nodeId &&
    first.epoch === second.epoch &&
    first.revision === second.revision &&
    first.body.swarmId === second.body.swarmId;
  if (!isSame) return false;
  return commitmentHash({...first, ...first.body}) < commitmentHash({...second, ...second.body});
}

/** SPEC.md §5.9. */
export const evidence: AccountRule<'evidence'> = {
  syntactic({body}, _block, {config}) {
    const isOurs = [body.first, body.second].every(
      ({networkId, chainId}) => networkId === config.networkId && chainId === config.chainId,
    );
    if (!isOurs) return 'TX_WRONG_CHAIN';
    return isEquivocation(body) ? undefined : 'TX_NOT_EQUIVOCATION';
  },
  semantic({body}, _block, {state}) {
    const {nodeId, epoch} = body.first;
    const node = state.nodes.get(nodeId);
    if (node === undefined) return 'TX_NODE_UNKNOWN';
    if (epoch <= node.registeredEpoch || epoch > state.epoch) return 'TX_EVIDENCE_EPOCH';
    const {fault} = node;
    if (fault === undefined) return undefined;
    const isOver = state.transitions >= fault.transition + PAUSE_TRANSITIONS;
    return isOver && epoch > fault.epoch ? undefined : 'TX_EVIDENCE_SPENT';
  },
  effect({body}, _block, world) {
    reach(world, 'R15');
    const {state} = world;
    const node = nodeOf(state, body.first.nodeId);
    const tenth = node.principal / 10n;
    const burned = tenth < node.stake ? tenth : node.stake;
    node.stake -= burned;
    state.burnedByFaults += burned;
    node.fault = {transition: state.transitions, epoch: state.epoch};
    if (node.status === RETIRED) return;
    reach(world, 'R16');
    node.status = DECOMMISSIONING;
    node.leaving = BY_EVIDENCE;
    node.retiresAtTransition = state.transitions + LEAVING_TRANSITIONS;
    node.queuedAt = undefined;
  },
};
