import {TxError} from '../errors.ts';
import {keepsDuties} from '../node-duties.ts';
import type {OpenBlock} from '../open-block.ts';
import type {Phase} from '../phase.ts';
import {getDuty} from '../state/duties.ts';
import {getServiceNode} from '../state/service-nodes.ts';
import type {OwnDuty} from './own-duty.ts';
import type {DutyHeader} from './tx-type.ts';

/**
 * The checks that all duties share: right epoch, right phase, and the node was given duties and has
 * not lost them since.
 * @throws TxError
 */
export function requireDuty(block: OpenBlock, {nodeId, epoch}: DutyHeader, needed: Phase): OwnDuty {
  const {state, running, phase} = block;
  if (epoch !== running.epoch) {
    throw new TxError('TX_WRONG_EPOCH', {epoch, running: running.epoch});
  }
  if (phase !== needed) throw new TxError('TX_WRONG_PHASE', {phase, needed});
  const node = getServiceNode(state, nodeId);
  if (node === undefined) throw new TxError('TX_NODE_UNKNOWN');
  const at = {epoch, swarmId: node.swarmId};
  const duty = getDuty(state, at, nodeId);
  if (duty === undefined || !keepsDuties(block, nodeId, node)) throw new TxError('TX_NO_DUTY');
  return {at, node, duty};
}
