import {orderMaintenance} from '../../client/node-orders.ts';
import {RPC_HELP} from '../chain.ts';
import type {Command} from '../command.ts';
import {usageError} from '../errors.ts';
import {KEY_HELP} from '../keys.ts';
import {ORDER_HELP, ORDER_OPTIONS, openOwnNode, sendOrder} from '../node-order.ts';
import {SEND_HELP} from '../send-tx.ts';

/** `next`, or the number of an epoch. */
function firstEpoch(text: string, running: bigint): bigint {
  if (text === 'next') return running + 1n;
  if (!/^[0-9]{1,19}$/.test(text)) throw usageError(`--from must be 'next' or an epoch's number`);
  return BigInt(text);
}

export const command: Command = {
  usage: 'maintenance --data DIR --key FILE --from EPOCH|next --epochs N [--rpc URL] [--json]',
  help: `Announces that a service node will be away: for N epochs from EPOCH on it has no duties and misses
nothing. It must be announced before it begins, a node may take 12 epochs in 720, and only a quarter of
a swarm may be away or leaving at one time. The node's key signs; the account of --key pays the fee.

--from EPOCH     the first epoch without duties, or 'next'
--epochs N       1 to 12
${ORDER_HELP}
${KEY_HELP}
${SEND_HELP}
${RPC_HELP}

example: sessionvm maintenance --data ~/.sessionvm/node --key ~/.sessionvm/owner.key --from next --epochs 2`,
  options: {...ORDER_OPTIONS, from: {type: 'string'}, epochs: {type: 'string'}},
  positionals: [0, 0],
  async run(args, context) {
    const from = args.required('from');
    args.required('epochs');
    const epochs = args.wholeNumber('epochs', {min: 1, fallback: 1});
    if (epochs > 12) throw usageError('--epochs must be at most 12');
    const node = await openOwnNode(args, context);
    const {epoch} = await node.client.call('getEpoch', {}, context.signal);
    const fromEpoch = firstEpoch(from, BigInt(epoch));
    const value = orderMaintenance(node.init, {fromEpoch, epochs}, node.signer);
    const done = `${node.record.nodeId} has no duties for ${epochs} epochs from ${fromEpoch} on`;
    const facts = {fromEpoch, epochs};
    await sendOrder({args, context}, node, {type: 'maintenance', value}, {done, facts});
  },
};
