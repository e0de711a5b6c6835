import type {SwarmInEpoch} from '../../protocol/chain/state-keys.ts';
import type {Duty, ServiceNode} from '../../protocol/chain/state-records.ts';
import {TxError} from '../errors.ts';
import type {Phase} from '../phase.ts';
import {getDuty} from '../state/duties.ts';
import {getServiceNode} from '../state/service-nodes.ts';
import type {DutyContext} from './tx-type.ts';

export type OwnDuty = {readonly at: SwarmInEpoch; readonly node: ServiceNode; readonly duty: Duty};

/** The checks that all duties share: right epoch, right phase, and the node has duties at all. */
export function requireDuty(context: DutyContext, phase: Phase): OwnDuty {
  const {state, nodeId, epoch, running} = context;
  if (epoch !== running.epoch) {
    throw new TxError('TX_WRONG_EPOCH', {epoch, running: running.epoch});
  }
  if (context.phase !== phase) {
    throw new TxError('TX_WRONG_PHASE', {phase: context.phase, needed: phase});
  }
  const node = getServiceNode(state, nodeId);
  if (node === undefined) throw new TxError('TX_NODE_UNKNOWN');
  const at = {epoch, swarmId: node.swarmId};
  const duty = getDuty(state, at, nodeId);
  if (duty === undefined) throw new TxError('TX_NO_DUTY');
  return {at, node, duty};
}
