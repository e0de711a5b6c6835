import {stat} from 'node:fs/promises';
import {CryptoError} from '../../crypto/errors.ts';
import type {Identity} from '../../crypto/identity.ts';
import {CodecError} from '../../protocol/errors.ts';
import {FileError} from '../files.ts';
import {hasRun} from './check-disk.ts';
import {type Finding, fail, ok, warn} from './finding.ts';

/** Group and others: nobody but its owner may use a key file. */
const FOREIGN_ACCESS = 0o077;

/** The key file, and the data folder of its node. */
type Place = {readonly key: string; readonly data: string};

export type KeyCheck = {
  readonly finding: Finding;
  /** The key when it can be used, whatever else is wrong with its file. */
  readonly identity: Extract<Identity, {readonly kind: 'node'}> | undefined;
};

/** The first start makes it; a later one would make another. */
async function missing({key, data}: Place): Promise<Finding> {
  const text = `there is no key file ${key}`;
  if (!(await hasRun(data))) return warn('key', text, 'the first start of the node makes it');
  return fail('key', text, 'bring back its copy: a start without it makes the key of another node');
}

function unusable(path: string, error: FileError | CryptoError | CodecError): Finding {
  if (error.code === 'CRYPTO_PASSPHRASE_REQUIRED') {
    const advice = 'say --passphrase-file FILE, or set SESSIONVM_PASSPHRASE';
    return fail('key', `${path} is encrypted, and no passphrase was given`, advice);
  }
  if (error.code === 'CRYPTO_OPEN_FAILED') {
    const advice = 'check the passphrase; a damaged file must come back from its copy';
    return fail('key', `${path} does not open: wrong passphrase, or a damaged file`, advice);
  }
  if (error instanceof CodecError || error.code === 'FILE_MALFORMED') {
    return fail('key', `${path} is no identity file`, 'name the right file with --key');
  }
  return fail('key', `${path} cannot be read (${error.message})`, 'check its owner and mode');
}

/** The key file: there, closed to others, of the right kind, and it opens. */
export async function checkKey(
  place: Place,
  readIdentity: () => Promise<Identity>,
): Promise<KeyCheck> {
  const path = place.key;
  let identity: Identity;
  try {
    identity = await readIdentity();
  } catch (error) {
    const isKnown =
      error instanceof FileError || error instanceof CryptoError || error instanceof CodecError;
    if (!isKnown) throw error;
    const finding = error.code === 'FILE_MISSING' ? await missing(place) : unusable(path, error);
    return {finding, identity: undefined};
  }
  if (identity.kind !== 'node') {
    const advice = 'name the key of the node with --key';
    const finding = fail('key', `${path} is the key of another kind: ${identity.kind}`, advice);
    return {finding, identity: undefined};
  }
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & FOREIGN_ACCESS) !== 0) {
    const text = `${path} has mode 0${mode.toString(8)}: others can use it`;
    return {finding: fail('key', text, `chmod 600 ${path}`), identity};
  }
  return {finding: ok('key', `${path} opens, and is closed to others`), identity};
}
