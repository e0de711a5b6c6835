import {RpcChainClient} from '../client/rpc-chain-client.ts';
import type {ChainClient} from '../protocol/api.ts';
import type {Arguments} from './arguments.ts';
import type {CliContext} from './command.ts';
import {usageError} from './errors.ts';

export const RPC_OPTION = {rpc: {type: 'string'}} as const;

export const RPC_HELP =
  '--rpc URL  the chain’s API, as in http://127.0.0.1:9650/ext/bc/ID/rpc; else SESSIONVM_RPC';

/** @throws CliError CLI_USAGE when nobody said where the chain is. */
export function rpcUrl(args: Arguments, {env}: CliContext): string {
  const url = args.text('rpc') ?? env['SESSIONVM_RPC'];
  if (url !== undefined && url !== '') return url;
  throw usageError('say where the chain is: --rpc URL, or SESSIONVM_RPC (devnet prints its URL)');
}

/** @throws ClientError CLIENT_BAD_URL */
export function connect(args: Arguments, context: CliContext): ChainClient {
  return new RpcChainClient({url: rpcUrl(args, context)});
}
