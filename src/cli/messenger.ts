import {resolve} from 'node:path';
import type {Session} from '../client/open-session.ts';
import {ReaderState} from '../client/reader-state.ts';
import {type SessionIdentity, sessionIdentityOf} from '../client/session-identity.ts';
import {initCrypto} from '../crypto/init.ts';
import {FileError, readSmallFile, writeFileAtomic} from '../daemon/files.ts';
import type {Arguments} from './arguments.ts';
import {connect, RPC_HELP, RPC_OPTION} from './chain.ts';
import type {CliContext} from './command.ts';
import {usageError} from './errors.ts';
import {loadIdentity, PASSPHRASE_HELP, PASSPHRASE_OPTIONS} from './keys.ts';
import {readAs} from './read-as.ts';

/** Options of every command that speaks to service nodes for a person. */
export const MESSENGER_OPTIONS = {
  ...RPC_OPTION,
  ...PASSPHRASE_OPTIONS,
  key: {type: 'string'},
  node: {type: 'string', multiple: true},
} as const;

export const MESSENGER_HELP = `--key FILE    the inbox's identity file, of kind session ('sessionvm help keys'); else SESSIONVM_KEY
--node ADDR   a service node that is known, as in /ip4/192.0.2.1/tcp/22023/p2p/12D3…; may be repeated;
              else SESSIONVM_NODE, with commas between several
${PASSPHRASE_HELP}
${RPC_HELP}`;

const STATE_FILE_MODE = 0o600;

function keyFile(args: Arguments, {env}: CliContext): string {
  const file = args.text('key') ?? env['SESSIONVM_KEY'];
  if (file === undefined || file === '') {
    throw usageError(
      "say whose inbox: --key FILE, or SESSIONVM_KEY ('sessionvm keys new FILE --kind session' makes one)",
    );
  }
  return resolve(file);
}

function nodesOf(args: Arguments, {env}: CliContext): readonly string[] {
  const said = [...args.texts('node')];
  const nodes = said.length > 0 ? said : (env['SESSIONVM_NODE'] ?? '').split(',');
  const known = nodes.flatMap((text) => text.split(',')).filter((text) => text !== '');
  if (known.length > 0) return known;
  throw usageError('say one service node that is known: --node ADDR, or SESSIONVM_NODE');
}

/** The inbox that a command is about. @throws CliError CLI_USAGE for a key of another kind. */
export async function inboxIdentity(
  args: Arguments,
  context: CliContext,
): Promise<SessionIdentity> {
  await initCrypto();
  const file = keyFile(args, context);
  const identity = await loadIdentity(file, args, context);
  if (identity.kind !== 'session') {
    throw usageError(
      `${file} is the key of ${identity.kind === 'node' ? 'a node' : 'an account'}, of no inbox`,
    );
  }
  return sessionIdentityOf(identity);
}

/** Opens a session; the overlay's code is loaded here and not before. */
export async function openMessenger(
  args: Arguments,
  context: CliContext,
  opened?: SessionIdentity,
): Promise<Session> {
  const identity = opened ?? (await inboxIdentity(args, context));
  const nodes = nodesOf(args, context);
  const {openSession} = await import('../client/open-session.ts');
  return openSession({chain: connect(args, context), nodes, identity}, context.signal);
}

/** Where reading stands, beside the key: `FILE.read`. */
export class ReadingPlace {
  readonly state: ReaderState;
  readonly #path: string;

  private constructor(path: string, state: ReaderState) {
    this.#path = path;
    this.state = state;
  }

  /** @throws FileError FILE_MALFORMED for a damaged file */
  static async open(args: Arguments, context: CliContext): Promise<ReadingPlace> {
    const path = `${keyFile(args, context)}.read`;
    try {
      const bytes = await readSmallFile(path);
      const expected = 'a place of reading';
      const advice = 'remove it, and all messages are shown again';
      const state = readAs({path, expected, advice}, () => new ReaderState(bytes));
      return new ReadingPlace(path, state);
    } catch (error) {
      if (!(error instanceof FileError) || error.code !== 'FILE_MISSING') throw error;
      return new ReadingPlace(path, new ReaderState());
    }
  }

  async save(): Promise<void> {
    const bytes = this.state.encode();
    await writeFileAtomic(this.#path, bytes, {mode: STATE_FILE_MODE, overwrite: true});
  }
}
