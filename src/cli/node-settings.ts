import {resolve} from 'node:path';
import {type NodeConfig, parseNodeConfig} from '../daemon/config.ts';
import {repeatedName} from '../protocol/repeated-name.ts';
import type {Arguments} from './arguments.ts';
import {RPC_OPTION, rpcUrl} from './chain.ts';
import type {CliContext} from './command.ts';
import {usageError} from './errors.ts';
import {readGivenFile} from './given-file.ts';

/** Settings by their option; options win over the file. */
const TEXT_OPTIONS = {
  data: 'data',
  key: 'key',
  owner: 'owner',
  'owner-key': 'ownerKey',
  capacity: 'capacity',
  stake: 'stake',
  metrics: 'metrics',
  identity: 'identity',
  'key-chain': 'keyChain',
  'key-ref': 'keyRef',
} as const;

/** Settings that hold several values: the option is repeated, or its values stand between commas. */
const LIST_OPTIONS = ['listen', 'announce', 'bootstrap'] as const;

function optionsOf<Type extends 'string'>(names: readonly string[], multiple: boolean) {
  const option = {type: 'string' as Type, multiple};
  return Object.fromEntries(names.map((name) => [name, option]));
}

/** Options of every command that is about a service node on this machine. */
export const SETTING_OPTIONS = {
  ...RPC_OPTION,
  ...optionsOf(Object.keys(TEXT_OPTIONS), false),
  ...optionsOf(LIST_OPTIONS, true),
  config: {type: 'string'},
} as const;

async function settingsFile(
  path: string | undefined,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  if (path === undefined) return {};
  const text = new TextDecoder().decode(await readGivenFile(resolve(path), signal));
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      // Said once, at one start; in a file it would be said at every start.
      if ('takeOver' in value) throw usageError('takeOver is no setting: start with --take-over');
      const repeated = repeatedName(text);
      if (repeated !== undefined) throw usageError(`${path} names '${repeated}' twice`);
      return {...value};
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw usageError(`${path} is no JSON object`);
}

/**
 * The settings of a node: those of `--config`, then the options.
 * @throws CliError CLI_USAGE, ConfigError, FileError
 */
export async function nodeConfigOf(args: Arguments, context: CliContext): Promise<NodeConfig> {
  if (args.text('config') === undefined) args.required('data');
  const settings = await settingsFile(args.text('config'), context.signal);
  for (const [option, name] of Object.entries(TEXT_OPTIONS)) {
    const value = args.text(option);
    if (value !== undefined) settings[name] = value;
  }
  for (const name of LIST_OPTIONS) {
    const values = args.texts(name).flatMap((value) => value.split(','));
    if (values.length > 0) settings[name] = values;
  }
  if (args.flag('take-over')) settings['takeOver'] = true;
  if (args.text('rpc') !== undefined || settings['rpc'] === undefined) {
    settings['rpc'] = rpcUrl(args, context);
  }
  return parseNodeConfig(settings);
}
