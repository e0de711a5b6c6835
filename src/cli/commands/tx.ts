import {idFromString, idToString} from '../../crypto/ids.ts';
import type {TxInfo} from '../../protocol/api.ts';
import {hexToBytes, toTxId} from '../../protocol/bytes.ts';
import {Tx} from '../../protocol/chain/tx.ts';
import {decode} from '../../protocol/codec.ts';
import {connect, RPC_HELP, RPC_OPTION} from '../chain.ts';
import type {Command} from '../command.ts';
import {CliError} from '../errors.ts';
import {fields, JSON_OPTION, print} from '../output.ts';
import {toPlain} from '../plain.ts';
import {wordAs} from '../word-as.ts';

function describe(info: TxInfo & {readonly content?: unknown}): string {
  const rows: [string, string][] = [
    ['transaction', info.id],
    ['status', info.status],
  ];
  if (info.code !== undefined) rows.push(['code', info.code]);
  if (info.kind !== undefined) rows.push(['kind', info.kind]);
  if (info.height !== undefined) rows.push(['height', info.height]);
  if (info.blockId !== undefined) rows.push(['block', info.blockId]);
  const content =
    info.content === undefined ? '' : `\n${JSON.stringify(info.content, undefined, 2)}`;
  return `${fields(rows)}${content}`;
}

export const command: Command = {
  usage: 'tx ID [--rpc URL] [--json]',
  help: `Shows where a transaction is and what it says. Exit code 1 when the chain does not know it.

${RPC_HELP}

example: sessionvm tx 2ZbQ… --json`,
  options: {...RPC_OPTION, ...JSON_OPTION},
  positionals: [1, 1],
  async run(args, context) {
    const id = idToString(wordAs(args.at(0), (word) => toTxId(idFromString(word))));
    const info = await connect(args, context).call('getTx', {id}, context.signal);
    if (info.bytes === undefined) {
      await print(context, args, info, describe);
      if (info.status === 'unknown') throw new CliError('CLI_NOT_FOUND', {what: 'transaction'});
      return;
    }
    const {unsigned} = decode(Tx, hexToBytes(info.bytes));
    await print(context, args, {...info, content: toPlain(unsigned.value)}, describe);
  },
};
