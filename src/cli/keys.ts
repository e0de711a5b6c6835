import {resolve} from 'node:path';
import {decodeIdentity, type Identity, isSealedIdentity} from '../crypto/identity.ts';
import {createSigner, type Signer} from '../crypto/ml-dsa.ts';
import type {Arguments} from './arguments.ts';
import type {CliContext} from './command.ts';
import {CliError, usageError} from './errors.ts';
import {readGivenFile} from './given-file.ts';
import {readAs} from './read-as.ts';
import {utf8Text} from './utf8-text.ts';

const IDENTITY_FILE = 'an identity file';
const NO_PASSPHRASE =
  "is no text in UTF-8: a passphrase is, as 'head -c 24 /dev/urandom | base64' makes one";

export const PASSPHRASE_OPTIONS = {'passphrase-file': {type: 'string'}} as const;
export const KEY_OPTIONS = {key: {type: 'string'}, ...PASSPHRASE_OPTIONS} as const;

export const PASSPHRASE_HELP =
  '--passphrase-file FILE  its first line, UTF-8 and without the line break, opens an\n' +
  '                        encrypted key, else SESSIONVM_PASSPHRASE, else the terminal asks';
export const KEY_HELP = `--key FILE  the identity file that signs\n${PASSPHRASE_HELP}`;

/** The passphrase that was handed over without a terminal, if any. */
export async function givenPassphrase(
  args: Arguments,
  {env, signal}: CliContext,
  option = 'passphrase-file',
): Promise<string | undefined> {
  const file = args.text(option);
  if (file === undefined) return env['SESSIONVM_PASSPHRASE'];
  const text = utf8Text(await readGivenFile(resolve(file), signal));
  if (text === undefined) throw usageError(`${file} ${NO_PASSPHRASE}`);
  return text.replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0];
}

/** One that a new key file gets. @throws CliError CLI_USAGE for one that would protect nothing */
export function requirePassphrase(passphrase: string): string {
  if (passphrase === '') throw usageError('the passphrase is empty');
  // What Node makes of any byte of the environment that is no UTF-8.
  if (passphrase.includes('\uFFFD')) throw usageError(`SESSIONVM_PASSPHRASE ${NO_PASSPHRASE}`);
  return passphrase;
}

/** An identity, and the passphrase that opened its file; undefined for a plain file. */
export type OpenedIdentity = {
  readonly identity: Identity;
  readonly passphrase: string | undefined;
};

/**
 * Reads an identity file; asks for the passphrase only when it needs one and nobody gave it.
 * @throws FileError, CryptoError
 */
export async function openIdentity(
  file: string,
  given: string | undefined,
  context: CliContext,
): Promise<OpenedIdentity> {
  const bytes = await readGivenFile(file, context.signal);
  const open = (passphrase?: string): Identity =>
    readAs({path: file, expected: IDENTITY_FILE}, () => decodeIdentity(bytes, passphrase));
  try {
    const isSealed = readAs({path: file, expected: IDENTITY_FILE}, () => isSealedIdentity(bytes));
    if (!isSealed) return {identity: open(), passphrase: undefined};
    const {askSecret} = context;
    const passphrase = given ?? (await askSecret?.(`passphrase of ${file}: `));
    return {identity: open(passphrase), passphrase};
  } finally {
    bytes.fill(0);
  }
}

/** As above, with the passphrase of `--passphrase-file` or the environment. */
export async function loadIdentity(
  file: string,
  args: Arguments,
  context: CliContext,
): Promise<Identity> {
  const given = await givenPassphrase(args, context);
  return (await openIdentity(file, given, context)).identity;
}

/** A new passphrase from the terminal, typed twice. @throws CliError CLI_UNAVAILABLE */
export async function newPassphrase(context: CliContext): Promise<string> {
  if (context.askSecret === undefined) {
    const problem =
      'there is no terminal to ask: say --passphrase-file, or set SESSIONVM_PASSPHRASE';
    throw new CliError('CLI_UNAVAILABLE', {problem});
  }
  const first = requirePassphrase(await context.askSecret('new passphrase: '));
  if (first === (await context.askSecret('the same again: '))) return first;
  throw new CliError('CLI_UNAVAILABLE', {problem: 'the two passphrases differ'});
}

export function signerOf(identity: Identity): Signer {
  return createSigner(identity.signingSeed);
}
