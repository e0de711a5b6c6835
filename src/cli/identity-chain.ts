import {DidResolver} from '../client/did-resolver.ts';
import {HouseRpc} from '../client/house-rpc.ts';
import type {Arguments} from './arguments.ts';
import type {CliContext} from './command.ts';
import {usageError} from './errors.ts';

export const IDENTITY_OPTION = {identity: {type: 'string'}} as const;

export const IDENTITY_HELP =
  '--identity URL  the API of the identity chain, which knows DIDs, as in\n' +
  '                http://127.0.0.1:9650/ext/bc/I/rpc; else SESSIONVM_IDENTITY';

/** A command ends long before an answer is too old. */
const CACHE_MS = 60_000;

/** @throws CliError CLI_USAGE when nobody said where identities are; ClientError CLIENT_BAD_URL */
export function didResolver(args: Arguments, {env}: CliContext): DidResolver {
  const url = args.text('identity') ?? env['SESSIONVM_IDENTITY'];
  if (url === undefined || url === '') {
    throw usageError('say where identities are known: --identity URL, or SESSIONVM_IDENTITY');
  }
  return new DidResolver({
    identities: new HouseRpc({url}),
    nowMs: Date.now,
    cacheMs: CACHE_MS,
  });
}
