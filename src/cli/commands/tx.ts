import {idFromString, idToString} from '../../crypto/ids.ts';
import type {TxInfo} from '../../protocol/api.ts';
import {hexToBytes, toTxId} from '../../protocol/bytes.ts';
import {Tx} from '../../protocol/chain/tx.ts';
import {decode} from '../../protocol/codec.ts';
import {connect, RPC_HELP, RPC_OPTION} from '../chain.ts';
import type {Command} from '../command.ts';
import {fields, JSON_OPTION, print} from '../output.ts';
import {toPlain} from '../plain.ts';

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
  help: `Shows where a transaction is and what it says.

${RPC_HELP}

example: sessionvm tx 2ZbQ… --json`,
  options: {...RPC_OPTION, ...JSON_OPTION},
  positionals: [1, 1],
  async run(args, context) {
    const id = idToString(toTxId(idFromString(args.at(0))));
    const info = await connect(args, context).call('getTx', {id}, context.signal);
    if (info.bytes === undefined) return print(context, args, info, describe);
    const {unsigned} = decode(Tx, hexToBytes(info.bytes));
    await print(context, args, {...info, content: toPlain(unsigned.value)}, describe);
  },
};
