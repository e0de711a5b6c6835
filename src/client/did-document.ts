import {sessionIdOf} from '../crypto/ids.ts';
import {isKemPublicKey} from '../crypto/kem-public-key.ts';
import {
  bytesToHex,
  equalBytes,
  hexToBytes,
  type KemPublicKey,
  type SessionId,
  type SigningPublicKey,
  toKemPublicKey,
  toSessionId,
  toSigningPublicKey,
} from '../protocol/bytes.ts';
import {CodecError} from '../protocol/errors.ts';
import {base64ToBytes} from './base64.ts';
import {badResponse, text} from './check.ts';
import {type Did, identityIdOf} from './did.ts';
import {ClientError} from './errors.ts';

/** What an identity says of its owner's inbox. */
export type DidKeys = {
  readonly signing: SigningPublicKey;
  readonly sessionId: SessionId;
  /** undefined when the document names the inbox alone: its contact card has the key. */
  readonly kem: KemPublicKey | undefined;
  /** Where the inbox was named. */
  readonly source: 'metadata' | 'service';
  /** Whether the key hashes to the DID; else the server's word is all that ties them. */
  readonly binding: 'verified' | 'unverified';
};

/** More services than that are not looked at. */
const MAX_SERVICES = 64;
const SERVICE_TYPES: readonly unknown[] = ['Session', 'ParsSession', 'MessagingService'];
const ENDPOINT = /^(?:session:|pars:\/\/session\/)(07[0-9a-fA-F]{64})$/;

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Base64, as the house writes keys; or hex of exactly this length. */
function keyBytes(value: string, length: number): Uint8Array | undefined {
  if (/^(0x)?[0-9a-fA-F]+$/.test(value) && value.replace(/^0x/, '').length === length * 2) {
    return hexToBytes(value);
  }
  try {
    const bytes = base64ToBytes(value);
    return bytes.length === length ? bytes : undefined;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

function signingKeyOf(document: JsonObject, did: Did): SigningPublicKey {
  const bytes = keyBytes(
    text(document['publicKey'], 'identity.publicKey'),
    toSigningPublicKey.byteLength,
  );
  if (bytes === undefined) throw new ClientError('CLIENT_DID_NOT_PQ', {did: did.text});
  return toSigningPublicKey(bytes);
}

/** The key that the owner's metadata carry. */
function transportKeyOf(metadata: JsonObject): KemPublicKey | undefined {
  const value = metadata['session.kem'];
  if (value === undefined) return undefined;
  const path = 'identity.metadata[session.kem]';
  const bytes = keyBytes(text(value, path), toKemPublicKey.byteLength);
  if (bytes === undefined) badResponse(path, 'an ML-KEM-768 key');
  const key = toKemPublicKey(bytes);
  return isKemPublicKey(key) ? key : badResponse(path, 'an ML-KEM-768 key');
}

function endpointOf(services: unknown): SessionId | undefined {
  if (!Array.isArray(services)) return undefined;
  for (const service of services.slice(0, MAX_SERVICES)) {
    if (!isObject(service) || !SERVICE_TYPES.includes(service['type'])) continue;
    const [, id] = ENDPOINT.exec(String(service['serviceEndpoint'])) ?? [];
    if (id !== undefined) return toSessionId(hexToBytes(id));
  }
  return undefined;
}

/**
 * Reads the answer of `identity.ResolveIdentity`, of either generation of the identity chain.
 * @throws ClientError CLIENT_DID_NOT_PQ, CLIENT_DID_WRONG_KEY, CLIENT_DID_NO_SESSION;
 * CLIENT_BAD_RESPONSE for an answer that is none
 */
export function readDidDocument(result: unknown, did: Did): DidKeys {
  const outer = isObject(result) ? result : badResponse('result', 'an object');
  const document = isObject(outer['identity']) ? outer['identity'] : outer;
  const named = document['did'];
  if (named !== undefined && named !== did.text) badResponse('identity.did', did.text);
  const signing = signingKeyOf(document, did);
  if (did.id !== undefined && !equalBytes(identityIdOf(signing), did.id)) {
    throw new ClientError('CLIENT_DID_WRONG_KEY', {did: did.text, problem: 'key is not its own'});
  }
  const binding = did.id === undefined ? 'unverified' : 'verified';
  const metadata = isObject(document['metadata']) ? document['metadata'] : {};
  const kem = transportKeyOf(metadata);
  if (kem !== undefined) {
    const sessionId = sessionIdOf(kem, signing);
    const claimed = metadata['session.id'];
    if (claimed !== undefined && claimed !== bytesToHex(sessionId)) {
      const problem = 'session.id is not the id of its keys';
      throw new ClientError('CLIENT_DID_WRONG_KEY', {did: did.text, problem});
    }
    return {signing, sessionId, kem, source: 'metadata', binding};
  }
  const sessionId = endpointOf(document['services']);
  if (sessionId === undefined) throw new ClientError('CLIENT_DID_NO_SESSION', {did: did.text});
  return {signing, sessionId, kem, source: 'service', binding};
}
