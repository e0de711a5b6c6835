import type {DidResolver} from '../client/did-resolver.ts';
import {ClientError} from '../client/errors.ts';
import type {Swarms} from '../messaging/ports.ts';
import {bytesToHex} from '../protocol/bytes.ts';
import type {StatusAnswer} from './status-server.ts';

const STATUS_OF: Readonly<Record<string, StatusAnswer['status']>> = {
  CLIENT_DID_MALFORMED: 400,
  CLIENT_DID_UNKNOWN: 404,
  CLIENT_DID_NOT_PQ: 404,
  CLIENT_DID_NO_SESSION: 404,
  CLIENT_NEIGHBOUR_BUSY: 503,
};

const json = (status: StatusAnswer['status'], value: object): StatusAnswer => {
  return {status, type: 'application/json', body: `${JSON.stringify(value)}\n`};
};

const hex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;

/** `/did?did=did:lux:…`: keys and inbox of a DID, from memory for an epoch. SPEC.md §17.2. */
export function didPage(
  dids: Pick<DidResolver, 'resolve'>,
  swarms: Pick<Swarms, 'swarmOf'>,
): (query: URLSearchParams) => Promise<StatusAnswer> {
  return async (query) => {
    try {
      const found = await dids.resolve(query.get('did') ?? '');
      const {did, sessionId, signing, kem, binding, source, fetchedAtMs} = found;
      return json(200, {
        did,
        sessionId: bytesToHex(sessionId),
        swarmId: swarms.swarmOf(sessionId)?.swarmId ?? null,
        signingKey: hex(signing),
        encryptionKey: kem === undefined ? null : hex(kem),
        binding,
        source,
        fetchedAtMs,
      });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      return json(STATUS_OF[error.code] ?? 502, {error: error.code, ...error.details});
    }
  };
}
