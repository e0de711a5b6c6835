import {idFromString, idToString} from '../../crypto/ids.ts';
import type {BlockInfo, ChainClient} from '../../protocol/api.ts';
import {toBlockId} from '../../protocol/bytes.ts';
import type {Arguments} from '../arguments.ts';
import {connect, RPC_HELP, RPC_OPTION} from '../chain.ts';
import type {Command} from '../command.ts';
import {fields, JSON_OPTION, print} from '../output.ts';
import {wordAs} from '../word-as.ts';

function describe({id, parentId, height, timestampMs, stateRoot, txIds, size}: BlockInfo): string {
  return fields([
    ['block', id],
    ['parent', parentId],
    ['height', height],
    ['time', new Date(timestampMs).toISOString()],
    ['state root', stateRoot],
    ['bytes', String(size)],
    ['transactions', String(txIds.length)],
    ...txIds.map((txId): [string, string] => ['', txId]),
  ]);
}

function find(chain: ChainClient, args: Arguments, signal: AbortSignal): Promise<BlockInfo> {
  const encoding = args.flag('bytes') ? ({encoding: 'hex'} as const) : {};
  const [which = 'last'] = args.positionals;
  if (which === 'last') return chain.call('getLastAccepted', encoding, signal);
  if (/^[0-9]{1,19}$/.test(which)) {
    return chain.call('getBlockByHeight', {height: BigInt(which).toString(), ...encoding}, signal);
  }
  return chain.call(
    'getBlock',
    {id: idToString(wordAs(which, (word) => toBlockId(idFromString(word)))), ...encoding},
    signal,
  );
}

export const command: Command = {
  usage: 'block [HEIGHT | ID | last] [--bytes] [--rpc URL] [--json]',
  help: `Shows an accepted block; the last one unless another is named.

--bytes    with --json: the whole block as 0x-hex
${RPC_HELP}

examples: sessionvm block last
          sessionvm block 1 --bytes --json`,
  options: {...RPC_OPTION, ...JSON_OPTION, bytes: {type: 'boolean'}},
  positionals: [0, 1],
  async run(args, context) {
    const block = await find(connect(args, context), args, context.signal);
    await print(context, args, block, describe);
  },
};
