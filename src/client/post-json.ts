import {ClientError} from './errors.ts';
import {readLimited} from './read-limited.ts';

export type JsonAnswer = Readonly<Record<string, unknown>>;

export type JsonPost = {
  readonly url: URL;
  readonly timeoutMs: number;
  /** Of the answer's body. */
  readonly maxBytes: number;
};

function parseAnswer(bytes: Uint8Array, status: number): JsonAnswer {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes));
  } catch (cause) {
    throw new ClientError('CLIENT_BAD_RESPONSE', {problem: 'not JSON', status}, {cause});
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ClientError('CLIENT_BAD_RESPONSE', {problem: 'not a JSON-RPC answer', status});
  }
  return value as JsonAnswer;
}

function unreachable(error: unknown, {url: {host}, timeoutMs}: JsonPost): Error {
  if (error instanceof ClientError) return error;
  const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
  if (isTimeout) return new ClientError('CLIENT_TIMEOUT', {host, timeoutMs}, {cause: error});
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason =
    inner instanceof Error ? ((inner as NodeJS.ErrnoException).code ?? inner.message) : 'unknown';
  return new ClientError('CLIENT_UNREACHABLE', {host, reason}, {cause: error});
}

/**
 * One JSON-RPC request and its answer, bounded in time and size; a redirect is no answer.
 * @throws ClientError CLIENT_UNREACHABLE, CLIENT_TIMEOUT, CLIENT_BAD_RESPONSE; an abort of `signal`
 * rejects with its reason.
 */
export async function postJson(
  post: JsonPost,
  body: string,
  signal: AbortSignal | undefined,
): Promise<JsonAnswer> {
  const timeout = AbortSignal.timeout(post.timeoutMs);
  try {
    const response = await fetch(post.url, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body,
      redirect: 'error',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    return parseAnswer(await readLimited(response, post.maxBytes), response.status);
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw unreachable(error, post);
  }
}
