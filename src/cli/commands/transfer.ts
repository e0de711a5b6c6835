import {resolve} from 'node:path';
import {formatAmount, parseAmount} from '../../client/amounts.ts';
import {addressFromString, addressToString} from '../../crypto/ids.ts';
import {connect, RPC_HELP, RPC_OPTION} from '../chain.ts';
import type {Command} from '../command.ts';
import {KEY_HELP, KEY_OPTIONS, loadIdentity, signerOf} from '../keys.ts';
import {JSON_OPTION} from '../output.ts';
import {SEND_HELP, SEND_OPTIONS, sendAndPrint} from '../send-tx.ts';
import {wordAs} from '../word-as.ts';

export const command: Command = {
  usage: 'transfer ADDRESS AMOUNT --key FILE [--rpc URL] [--no-wait] [--json]',
  help: `Sends whole tokens, as in 12.5, from the key's account to ADDRESS.

${KEY_HELP}
${SEND_HELP}
${RPC_HELP}

example: sessionvm transfer 0x00…01 12.5 --key ~/.sessionvm/owner.key`,
  options: {...RPC_OPTION, ...JSON_OPTION, ...KEY_OPTIONS, ...SEND_OPTIONS},
  positionals: [2, 2],
  async run(args, context) {
    const to = wordAs(args.at(0), addressFromString);
    const file = resolve(args.required('key'));
    const client = connect(args, context);
    const network = await client.call('getNetwork', {}, context.signal);
    const amount = parseAmount(args.at(1), network.token);
    const signer = signerOf(await loadIdentity(file, args, context));
    const body = {type: 'transfer', value: {to, amount}} as const;
    const facts = {to: addressToString(to), amount};
    const done = `${formatAmount(amount, network.token)} to ${facts.to}`;
    await sendAndPrint({args, context, client, network}, {signer, body}, done, facts);
  },
};
