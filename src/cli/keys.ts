import {resolve} from 'node:path';
import {CryptoError} from '../crypto/errors.ts';
import type {Identity} from '../crypto/identity.ts';
import {createSigner, type Signer} from '../crypto/ml-dsa.ts';
import {readSmallFile} from '../daemon/files.ts';
import {readIdentityFile} from '../daemon/identity-files.ts';
import type {Arguments} from './arguments.ts';
import type {CliContext} from './command.ts';
import {CliError} from './errors.ts';

export const PASSPHRASE_OPTIONS = {'passphrase-file': {type: 'string'}} as const;
export const KEY_OPTIONS = {key: {type: 'string'}, ...PASSPHRASE_OPTIONS} as const;

export const PASSPHRASE_HELP =
  '--passphrase-file FILE  its first line opens an encrypted key, else SESSIONVM_PASSPHRASE,\n' +
  '                        else the terminal asks';
export const KEY_HELP = `--key FILE  the identity file that signs\n${PASSPHRASE_HELP}`;

/** The passphrase that was handed over without a terminal, if any. */
export async function givenPassphrase(
  args: Arguments,
  {env}: CliContext,
): Promise<string | undefined> {
  const file = args.text('passphrase-file');
  if (file === undefined) return env['SESSIONVM_PASSPHRASE'];
  const text = new TextDecoder().decode(await readSmallFile(resolve(file)));
  return text.split(/\r?\n/, 1)[0];
}

/**
 * Reads an identity file; asks for the passphrase only when it needs one and nobody gave it.
 * @throws FileError, CodecError, CryptoError
 */
export async function loadIdentity(
  file: string,
  args: Arguments,
  context: CliContext,
): Promise<Identity> {
  const given = await givenPassphrase(args, context);
  try {
    return await readIdentityFile(file, given);
  } catch (error) {
    const isAsked = error instanceof CryptoError && error.code === 'CRYPTO_PASSPHRASE_REQUIRED';
    if (!isAsked || context.askSecret === undefined) throw error;
    return readIdentityFile(file, await context.askSecret(`passphrase of ${file}: `));
  }
}

/** A new passphrase from the terminal, typed twice. @throws CliError CLI_UNAVAILABLE */
export async function newPassphrase(context: CliContext): Promise<string> {
  if (context.askSecret === undefined) {
    const problem =
      'there is no terminal to ask: say --passphrase-file, or set SESSIONVM_PASSPHRASE';
    throw new CliError('CLI_UNAVAILABLE', {problem});
  }
  const first = await context.askSecret('new passphrase: ');
  if (first === (await context.askSecret('the same again: '))) return first;
  throw new CliError('CLI_UNAVAILABLE', {problem: 'the two passphrases differ'});
}

export function signerOf(identity: Identity): Signer {
  return createSigner(identity.signingSeed);
}
