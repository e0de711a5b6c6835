import {compareBytes, equalBytes, type Hash} from '../../protocol/bytes.ts';
import type {Evidence, SignedCommitment} from '../../protocol/chain/evidence.ts';
import {
  DECOMMISSION_EPOCHS,
  FAULT_DIVISOR,
  FAULT_PAUSE_EPOCHS,
} from '../../protocol/chain/limits.ts';
import {LEAVING, type ServiceNode, STATUS} from '../../protocol/chain/state-records.ts';
import type {ChainConfig} from '../config.ts';
import {TxError} from '../errors.ts';
import {faultRecords, leavingRecords} from '../state/node-notes.ts';
import {putServiceNode} from '../state/service-nodes.ts';
import {getTotals, putTotals} from '../state/singletons.ts';
import type {StateWriter} from '../state/view.ts';
import {commitmentOf} from '../stored-set.ts';
import {requireNode} from './own-node.ts';
import type {AccountContext, AccountTxType} from './tx-type.ts';

function verifyOurs({duty}: SignedCommitment, {networkId, chainId}: ChainConfig): void {
  if (duty.networkId !== networkId || !equalBytes(duty.chainId, chainId)) {
    throw new TxError('TX_WRONG_CHAIN', {networkId: duty.networkId, expected: networkId});
  }
}

function setOf({duty}: SignedCommitment, config: ChainConfig): Hash {
  const {epoch, body} = duty;
  return commitmentOf(config, {epoch, swarmId: body.swarmId}, body.set);
}

/** Whether both are about the same commitment of the same node. */
function isOneDuty({duty: a}: SignedCommitment, {duty: b}: SignedCommitment): boolean {
  return (
    equalBytes(a.nodeId, b.nodeId) &&
    a.epoch === b.epoch &&
    a.revision === b.revision &&
    a.body.swarmId === b.body.swarmId
  );
}

/** Burns a tenth of the principal, out of the sum that holds the node's stake. */
function burnFault(state: StateWriter, {stake, principal, status}: ServiceNode): bigint {
  const share = principal / FAULT_DIVISOR;
  const burned = share < stake ? share : stake;
  const totals = getTotals(state);
  const isBonded = status !== STATUS.retired;
  putTotals(state, {
    ...totals,
    totalBonded: totals.totalBonded - (isBonded ? burned : 0n),
    unbonding: totals.unbonding - (isBonded ? 0n : burned),
    burnedByFaults: totals.burnedByFaults + burned,
  });
  return burned;
}

function decommission(
  node: ServiceNode,
  {nodeId}: Evidence['first']['duty'],
  {state, running}: AccountContext,
): ServiceNode {
  if (node.status === STATUS.retired) return node;
  const {successor} = leavingRecords.get(state, nodeId);
  leavingRecords.put(state, nodeId, {queuedAt: undefined, successor});
  return {
    ...node,
    status: STATUS.decommissioning,
    leaving: LEAVING.evidence,
    retiresAtTransition: running.transitions + DECOMMISSION_EPOCHS,
  };
}

/** SPEC.md §5.9. Both signatures of the accused are among those that are verified before. */
export const evidence: AccountTxType<Evidence> = {
  verifySyntactic({first, second}, config) {
    verifyOurs(first, config);
    verifyOurs(second, config);
    if (!isOneDuty(first, second)) throw new TxError('TX_NOT_EQUIVOCATION');
    if (compareBytes(setOf(first, config), setOf(second, config)) >= 0) {
      throw new TxError('TX_NOT_EQUIVOCATION');
    }
  },
  verifySemantic({first}, context) {
    const {state, running} = context;
    const {nodeId, epoch} = first.duty;
    const {registeredEpoch} = requireNode(context, nodeId);
    if (epoch <= registeredEpoch || epoch > running.epoch) {
      throw new TxError('TX_EVIDENCE_EPOCH', {epoch, registeredEpoch, running: running.epoch});
    }
    if (!faultRecords.has(state, nodeId)) return;
    const last = faultRecords.get(state, nodeId);
    const until = last.transition + FAULT_PAUSE_EPOCHS;
    if (running.transitions < until || epoch <= last.epoch) {
      throw new TxError('TX_EVIDENCE_SPENT', {epoch, settledUntil: last.epoch});
    }
  },
  execute({first}, context) {
    const {state, running} = context;
    const {nodeId} = first.duty;
    const node = requireNode(context, nodeId);
    const burned = burnFault(state, node);
    const left = {...node, stake: node.stake - burned};
    putServiceNode(state, nodeId, decommission(left, first.duty, context));
    faultRecords.put(state, nodeId, {transition: running.transitions, epoch: running.epoch});
  },
};
