import {decodeIdentity, encodeIdentity, type Identity} from '../crypto/identity.ts';
import {toHash, toKemSeed, toSigningSeed} from '../protocol/bytes.ts';
import {readSmallFile, writeFileAtomic} from './files.ts';
import type {DaemonPorts} from './ports.ts';

/** Nobody but its owner reads or writes a key file. */
const KEY_FILE_MODE = 0o600;

/** New secrets of one kind. */
export function createIdentity(
  kind: Identity['kind'],
  randomBytes: DaemonPorts['randomBytes'],
): Identity {
  const signingSeed = toSigningSeed(randomBytes(toSigningSeed.byteLength));
  if (kind === 'account') return {kind, signingSeed};
  const kemSeed = toKemSeed(randomBytes(toKemSeed.byteLength));
  if (kind === 'session') return {kind, signingSeed, kemSeed};
  return {kind, signingSeed, kemSeed, chainSeed: toHash(randomBytes(toHash.byteLength))};
}

/**
 * @throws FileError FILE_MISSING, FILE_UNREADABLE; CodecError for a file of another kind;
 * CryptoError CRYPTO_PASSPHRASE_REQUIRED, CRYPTO_OPEN_FAILED
 */
export async function readIdentityFile(path: string, passphrase?: string): Promise<Identity> {
  const bytes = await readSmallFile(path);
  try {
    return decodeIdentity(bytes, passphrase);
  } finally {
    bytes.fill(0);
  }
}

/** @throws FileError FILE_EXISTS unless `overwrite`, FILE_UNWRITABLE */
export async function writeIdentityFile(
  path: string,
  identity: Identity,
  {passphrase, overwrite}: {readonly passphrase: string | undefined; readonly overwrite: boolean},
): Promise<void> {
  const bytes = encodeIdentity(identity, passphrase);
  try {
    await writeFileAtomic(path, bytes, {mode: KEY_FILE_MODE, overwrite});
  } finally {
    bytes.fill(0);
  }
}
