import {decodeCb58, encodeCb58} from '../crypto/cb58.ts';
import {sha256} from '../crypto/hash.ts';
import {
  asciiBytes,
  concatBytes,
  type Hash,
  type SigningPublicKey,
  toHash,
} from '../protocol/bytes.ts';
import {CodecError} from '../protocol/errors.ts';
import {ClientError} from './errors.ts';

export type Did = {
  readonly text: string;
  /** What the key must hash to. A name or a shortened id has none: then a server's word is all there is. */
  readonly id: Hash | undefined;
};

const SHAPE = /^did:(?:lux|pars):([A-Za-z0-9._:-]{1,120})$/;
const ID_DOMAIN = asciiBytes('identityvm/identity');

function wholeId(tail: string): Hash | undefined {
  try {
    const bytes = decodeCb58(tail);
    return bytes.length === toHash.byteLength ? toHash(bytes) : undefined;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** @throws ClientError CLIENT_DID_MALFORMED */
export function parseDid(text: string): Did {
  const [, tail] = SHAPE.exec(text) ?? [];
  if (tail === undefined) {
    const expected = 'did:lux:… or did:pars:…';
    throw new ClientError('CLIENT_DID_MALFORMED', {did: text.slice(0, 80), expected});
  }
  return {text, id: wholeId(tail)};
}

/** Id of an identity by the rule of the house's identity chain. SPEC.md §17.2. */
export function identityIdOf(key: SigningPublicKey): Hash {
  return sha256(concatBytes(ID_DOMAIN, key));
}

/** The DID that a key has, with the whole id in it: whoever knows it can check the key. */
export function didOf(key: SigningPublicKey): string {
  return `did:lux:${encodeCb58(identityIdOf(key))}`;
}
