import {resolve} from 'node:path';
import {formatAmount, parseAmount} from '../../client/amounts.ts';
import type {AccountBody} from '../../client/transactions.ts';
import {nodeIdFromString, nodeIdToString} from '../../crypto/ids.ts';
import type {NetworkInfo} from '../../protocol/api.ts';
import type {Arguments} from '../arguments.ts';
import {connect, RPC_HELP, RPC_OPTION} from '../chain.ts';
import type {Command} from '../command.ts';
import {usageError} from '../errors.ts';
import {KEY_HELP, KEY_OPTIONS, loadIdentity, signerOf} from '../keys.ts';
import {JSON_OPTION} from '../output.ts';
import {SEND_HELP, SEND_OPTIONS, sendAndPrint} from '../send-tx.ts';
import {wordAs} from '../word-as.ts';

type Change = {
  readonly body: AccountBody;
  readonly done: string;
  /** For the JSON. */
  readonly facts: {readonly nodeId: string; readonly amount?: bigint};
};

function addition(args: Arguments, {token}: NetworkInfo): Change {
  const nodeId = wordAs(args.at(1), nodeIdFromString);
  const amount = parseAmount(args.at(2), token);
  const facts = {nodeId: nodeIdToString(nodeId), amount};
  const done = `${formatAmount(amount, token)} added to the stake of ${facts.nodeId}`;
  return {body: {type: 'addStake', value: {nodeId, amount}}, done, facts};
}

function withdrawal(args: Arguments): Change {
  if (args.positionals.length > 2) throw usageError('stake withdraw takes all: name no amount');
  const nodeId = wordAs(args.at(1), nodeIdFromString);
  const facts = {nodeId: nodeIdToString(nodeId)};
  const done = `the stake of ${facts.nodeId} is withdrawn, and its record is gone`;
  return {body: {type: 'withdrawStake', value: {nodeId}}, done, facts};
}

export const command: Command = {
  usage: 'stake add NODEID AMOUNT --key FILE | stake withdraw NODEID --key FILE',
  help: `Adds to the stake of a service node, or takes the stake of a retired one home; signed by its owner
account's key. What is added counts at once; a node that a penalty took out of duty comes back with it
when it has the chain's minimum again and passes an epoch. Withdrawing is possible when the unbonding
time is over, takes all, and ends the record of the node.

AMOUNT  whole tokens, as in 12.5
--json  node, amount in base units, and the transaction's id
${KEY_HELP}
${SEND_HELP}
${RPC_HELP}

examples: sessionvm stake add NodeID-… 25 --key ~/.sessionvm/owner.key
          sessionvm stake withdraw NodeID-… --key ~/.sessionvm/owner.key`,
  options: {...RPC_OPTION, ...JSON_OPTION, ...KEY_OPTIONS, ...SEND_OPTIONS},
  positionals: [2, 3],
  async run(args, context) {
    const what = args.at(0);
    if (what !== 'add' && what !== 'withdraw') {
      throw usageError(`stake knows 'add' and 'withdraw', not '${what}'`);
    }
    const file = resolve(args.required('key'));
    const client = connect(args, context);
    const network = await client.call('getNetwork', {}, context.signal);
    const {body, done, facts} = what === 'add' ? addition(args, network) : withdrawal(args);
    const signer = signerOf(await loadIdentity(file, args, context));
    await sendAndPrint({args, context, client, network}, {signer, body}, done, facts);
  },
};
