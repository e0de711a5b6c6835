import {ApiError} from '../client/errors.ts';
import {SessionError} from '../protocol/errors.ts';
import {parseArguments} from './arguments.ts';
import type {CliContext, Command} from './command.ts';
import {usageError} from './errors.ts';
import {explain} from './explain.ts';
import {commandHelp, overview} from './help.ts';
import {COMMANDS} from './registry.ts';

/** A command that waits for what nobody ends is left behind this long after its signal. */
const STOP_MS = 2000;

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/** Names that other plugins answer to. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['--version', 'version'],
  ['--version-json', 'version-json'],
  ['--help', 'help'],
  ['-h', 'help'],
]);

async function load(name: string): Promise<Command> {
  const row = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (row === undefined) throw usageError(`'${name}' is no command: 'sessionvm help' lists them`);
  return (await row.load()).command;
}

/** Rejects `stopMs` after the signal has aborted. */
function overdue(signal: AbortSignal, stopMs: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => setTimeout(() => reject(signal.reason), stopMs);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, {once: true});
  });
}

async function helpText(words: readonly string[]): Promise<string> {
  const isHelp = (word: string): boolean => (ALIASES.get(word) ?? word) === 'help';
  const [topic, extra] = words.filter((word) => !isHelp(word));
  if (extra !== undefined) {
    throw usageError(`does not take '${extra}' (usage: sessionvm help [COMMAND])`);
  }
  return topic === undefined ? overview() : commandHelp(await load(topic));
}

async function dispatch(words: readonly string[], context: CliContext): Promise<void> {
  const [first = 'help', ...rest] = words;
  const name = ALIASES.get(first) ?? first;
  if (name === 'help') {
    await context.out(await helpText(rest));
    return;
  }
  const command = await load(name);
  const args = parseArguments(command, rest);
  if (args.flag('help')) await context.out(commandHelp(command));
  else
    await Promise.race([
      command.run(args, context),
      overdue(context.signal, command.stopMs ?? STOP_MS),
    ]);
}

/** What is wrong with the words, whatever any chain or node would answer. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  'CLI_USAGE',
  'CONFIG_INVALID',
  'CLIENT_BAD_AMOUNT',
  'CLIENT_BAD_URL',
  'CLIENT_DID_MALFORMED',
  'NETWORK_BAD_ADDRESS',
]);

function exitCodeOf(error: unknown): number {
  // The codes of an ApiError are the server's.
  if (!(error instanceof SessionError) || error instanceof ApiError) return FAILED;
  return USAGE_CODES.has(error.code) ? WRONG_USAGE : FAILED;
}

/** Runs one command line and answers the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function run(words: readonly string[], context: CliContext): Promise<number> {
  try {
    await dispatch(words, context);
    return DONE;
  } catch (error) {
    if (context.signal.aborted) {
      context.err('sessionvm: stopped before it was done');
      return FAILED;
    }
    context.err(`sessionvm: ${explain(error)}`);
    return exitCodeOf(error);
  }
}
