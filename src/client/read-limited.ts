import {concatBytes} from '../protocol/bytes.ts';
import {ClientError} from './errors.ts';

/**
 * The whole body, at most `limit` bytes: a server that never stops sending is cut off.
 * @throws ClientError CLIENT_BAD_RESPONSE
 */
export async function readLimited(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body === null) return new Uint8Array();
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > limit) throw new ClientError('CLIENT_BAD_RESPONSE', {problem: 'too large', limit});
    chunks.push(chunk);
  }
  return concatBytes(...chunks);
}
