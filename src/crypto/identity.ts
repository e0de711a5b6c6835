import {type Hash, type KemSeed, type SigningSeed, utf8ToBytes} from '../protocol/bytes.ts';
import {decode, encode} from '../protocol/codec.ts';
import {openXChaCha, sealXChaCha} from './aead.ts';
import {CryptoError} from './errors.ts';
import {
  IdentityFile,
  IdentitySecrets,
  type NodeRotation,
  type ScryptLogCost,
  SealHeader,
  toNonce,
  toSalt,
} from './identity-file.ts';
import {suite} from './seam.ts';

/** The secret seeds of one party; every key is derived from them. */
export type Identity =
  | {readonly kind: 'account'; readonly signingSeed: SigningSeed}
  | {
      readonly kind: 'node';
      readonly signingSeed: SigningSeed;
      readonly kemSeed: KemSeed;
      /** Seed of the commit-reveal hash chain, 32 bytes. */
      readonly chainSeed: Hash;
      /** Keys taken later, oldest first; absent or empty before the first rotation. */
      readonly rotations?: readonly NodeRotation[];
    }
  | {readonly kind: 'session'; readonly signingSeed: SigningSeed; readonly kemSeed: KemSeed};

/** 128 MiB and about 0.3 s for each guess at a passphrase. */
const DEFAULT_LOG_COST = 17;

/** A node without rotations is written as it was before there were any. */
function nodeSecrets(identity: Extract<Identity, {readonly kind: 'node'}>): IdentitySecrets {
  const {rotations = []} = identity;
  if (rotations.length === 0) return {type: 'node', value: identity};
  return {type: 'rotatedNode', value: {...identity, rotations: [...rotations]}};
}

function toSecrets(identity: Identity): IdentitySecrets {
  switch (identity.kind) {
    case 'account':
      return {type: 'account', value: identity};
    case 'node':
      return nodeSecrets(identity);
    case 'session':
      return {type: 'session', value: identity};
  }
}

function toIdentity(secrets: IdentitySecrets): Identity {
  switch (secrets.type) {
    case 'account':
      return {kind: 'account', ...secrets.value};
    case 'node':
      return {kind: 'node', ...secrets.value};
    case 'session':
      return {kind: 'session', ...secrets.value};
    case 'rotatedNode':
      return {kind: 'node', ...secrets.value};
  }
}

/** One text has one passphrase, however the keyboard composes its letters: NFKC. */
function passphraseKey(passphrase: string | undefined, header: SealHeader): Uint8Array {
  if (passphrase === undefined || passphrase === '') {
    throw new CryptoError('CRYPTO_PASSPHRASE_REQUIRED');
  }
  const text = utf8ToBytes(passphrase.normalize('NFKC'));
  try {
    return suite.scrypt(text, header);
  } finally {
    text.fill(0);
  }
}

const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

/**
 * Bytes of an identity file, encrypted when a passphrase is given.
 * Synchronous: with a passphrase it computes for about 0.3 s.
 * @param logCost log2 of scrypt's N
 * @throws CryptoError CRYPTO_PASSPHRASE_REQUIRED for an empty passphrase.
 */
export function encodeIdentity(
  identity: Identity,
  passphrase?: string,
  logCost: ScryptLogCost = DEFAULT_LOG_COST,
): Uint8Array {
  const secrets = toSecrets(identity);
  if (passphrase === undefined) {
    return encode(IdentityFile, {magic: undefined, content: {type: 'plain', value: secrets}});
  }
  const header = {logCost, salt: toSalt(randomBytes(16)), nonce: toNonce(randomBytes(24))};
  const key = passphraseKey(passphrase, header);
  const plaintext = encode(IdentitySecrets, secrets);
  try {
    const box = sealXChaCha(key, header.nonce, plaintext, encode(SealHeader, header));
    return encode(IdentityFile, {
      magic: undefined,
      content: {type: 'sealed', value: {header, box}},
    });
  } finally {
    key.fill(0);
    plaintext.fill(0);
  }
}

/** Whether a passphrase is needed. @throws CodecError for bytes that are no identity file. */
export function isSealedIdentity(file: Uint8Array): boolean {
  return decode(IdentityFile, file).content.type === 'sealed';
}

/**
 * The identity in the bytes of a file. The passphrase is not looked at when the file is plain.
 * @throws CodecError for bytes that are no identity file; CryptoError CRYPTO_PASSPHRASE_REQUIRED,
 * or CRYPTO_OPEN_FAILED for a wrong passphrase or an altered file.
 */
export function decodeIdentity(file: Uint8Array, passphrase?: string): Identity {
  const {content} = decode(IdentityFile, file);
  if (content.type === 'plain') return toIdentity(content.value);
  const {header, box} = content.value;
  const key = passphraseKey(passphrase, header);
  let plaintext: Uint8Array | undefined;
  try {
    plaintext = openXChaCha(key, header.nonce, box, encode(SealHeader, header));
    return toIdentity(decode(IdentitySecrets, plaintext));
  } finally {
    key.fill(0);
    plaintext?.fill(0);
  }
}
