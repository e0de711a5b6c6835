import {MAINTENANCE_WINDOW, MAX_MAINTENANCE_EPOCHS} from '../../protocol/chain/limits.ts';
import type {Maintenance} from '../../protocol/chain/maintenance.ts';
import {SEAT, STATUS} from '../../protocol/chain/state-records.ts';
import {TxError} from '../errors.ts';
import {hasFreeSlot} from '../node-duties.ts';
import type {OpenBlock} from '../open-block.ts';
import {maintenanceRecords} from '../state/node-notes.ts';
import {putServiceNode} from '../state/service-nodes.ts';
import {requireNextOrder} from './node-order.ts';
import type {AccountTxType} from './tx-type.ts';

/** Transitions of the last 720 that began an epoch of maintenance. */
function recentlySpent(
  spent: readonly bigint[],
  {running}: Pick<OpenBlock, 'running'>,
): readonly bigint[] {
  return spent.filter((transition) => transition + MAINTENANCE_WINDOW > running.transitions);
}

/** SPEC.md §5.8. Announced before it begins, rationed, and never for too many of a swarm at once. */
export const maintenance: AccountTxType<Maintenance> = {
  verifySyntactic({epochs}) {
    if (epochs < 1 || epochs > MAX_MAINTENANCE_EPOCHS) {
      throw new TxError('TX_MAINTENANCE_FORM', {epochs, limit: MAX_MAINTENANCE_EPOCHS});
    }
  },
  verifySemantic(body, context) {
    const {state, running} = context;
    const {nodeId, fromEpoch, epochs} = body;
    const {status, seat, swarmId} = requireNextOrder(context, body);
    if (fromEpoch <= running.epoch || fromEpoch > running.epoch + MAINTENANCE_WINDOW) {
      throw new TxError('TX_MAINTENANCE_TIME', {fromEpoch, running: running.epoch});
    }
    if (status !== STATUS.active || seat === SEAT.none) throw new TxError('TX_NO_SEAT');
    const {epochsLeft, spent} = maintenanceRecords.get(state, nodeId);
    if (epochsLeft > 0) throw new TxError('TX_MAINTENANCE_PENDING', {epochsLeft});
    const used = recentlySpent(spent, context).length;
    if (used + epochs > MAX_MAINTENANCE_EPOCHS) {
      throw new TxError('TX_MAINTENANCE_SPENT', {left: MAX_MAINTENANCE_EPOCHS - used, epochs});
    }
    if (!hasFreeSlot(context, nodeId, swarmId)) throw new TxError('TX_MAINTENANCE_BUSY', {swarmId});
  },
  execute(body, context) {
    const {state} = context;
    const {nodeId, sequence, fromEpoch, epochs} = body;
    const node = requireNextOrder(context, body);
    const spent = [...recentlySpent(maintenanceRecords.get(state, nodeId).spent, context)];
    maintenanceRecords.put(state, nodeId, {fromEpoch, epochsLeft: epochs, spent});
    putServiceNode(state, nodeId, {...node, sequence});
  },
};
