import process from 'node:process';
import {addAbortSignal, type Readable} from 'node:stream';

/**
 * Bytes of a stream to its end; of one that goes on behind `limit` bytes, some more than those.
 * Rejects when the signal aborts, and nobody waits for the stream any longer.
 */
export async function readToEnd(
  stream: Readable,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of addAbortSignal(signal, stream)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return new Uint8Array(Buffer.concat(chunks));
}

export function readStandardInput(limit: number, signal: AbortSignal): Promise<Uint8Array> {
  return readToEnd(process.stdin, limit, signal);
}
