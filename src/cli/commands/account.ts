import {resolve} from 'node:path';
import {formatAmount} from '../../client/amounts.ts';
import {addressFromString, addressOf, addressToString} from '../../crypto/ids.ts';
import type {Arguments} from '../arguments.ts';
import {connect, RPC_HELP, RPC_OPTION} from '../chain.ts';
import type {CliContext, Command} from '../command.ts';
import {usageError} from '../errors.ts';
import {KEY_HELP, KEY_OPTIONS, loadIdentity, signerOf} from '../keys.ts';
import {fields, JSON_OPTION, print} from '../output.ts';
import {wordAs} from '../word-as.ts';

async function addressNamed(args: Arguments, context: CliContext): Promise<string> {
  const [text] = args.positionals;
  const key = args.text('key');
  if ((text === undefined) === (key === undefined)) {
    throw usageError('say which account: an ADDRESS, or --key FILE');
  }
  if (text !== undefined) return addressToString(wordAs(text, addressFromString));
  const identity = await loadIdentity(resolve(args.required('key')), args, context);
  return addressToString(addressOf(signerOf(identity).publicKey));
}

export const command: Command = {
  usage: 'account ADDRESS | --key FILE [--rpc URL] [--json]',
  help: `Shows balance and nonce of an account.

${KEY_HELP}
${RPC_HELP}

example: sessionvm account --key ~/.sessionvm/owner.key`,
  options: {...RPC_OPTION, ...JSON_OPTION, ...KEY_OPTIONS},
  positionals: [0, 1],
  async run(args, context) {
    const address = await addressNamed(args, context);
    const chain = connect(args, context);
    const {token} = await chain.call('getNetwork', {}, context.signal);
    const account = await chain.call('getAccount', {address}, context.signal);
    await print(context, args, account, ({balance, nonce, nextNonce}) =>
      fields([
        ['account', address],
        ['balance', formatAmount(BigInt(balance), token)],
        ['nonce', nonce === nextNonce ? nonce : `${nonce}, with pending ones ${nextNonce}`],
      ]),
    );
  },
};
