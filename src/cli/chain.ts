import {RpcChainClient} from '../client/rpc-chain-client.ts';
import type {ChainClient} from '../protocol/api.ts';
import type {Arguments} from './arguments.ts';
import type {CliContext} from './command.ts';

/** Where `sessionvm devnet` serves its chain unless it is told otherwise. */
export const DEFAULT_RPC = 'http://127.0.0.1:9650/ext/bc/session/rpc';

export const RPC_OPTION = {rpc: {type: 'string'}} as const;

export const RPC_HELP =
  '--rpc URL  the chain’s API, else SESSIONVM_RPC, else that of a local devnet';

export function rpcUrl(args: Arguments, {env}: CliContext): string {
  return args.text('rpc') ?? env['SESSIONVM_RPC'] ?? DEFAULT_RPC;
}

/** @throws ClientError CLIENT_BAD_URL */
export function connect(args: Arguments, context: CliContext): ChainClient {
  return new RpcChainClient({url: rpcUrl(args, context)});
}
