import type {ApiMethod, ApiParams, ApiResults, ChainClient} from '../protocol/api.ts';
import type {ErrorDetails} from '../protocol/errors.ts';
import {API_RESULTS} from './api-results.ts';
import {ApiError, ClientError} from './errors.ts';
import {readLimited} from './read-limited.ts';

/** The largest answer is a block as hex, twice 1 500 000 bytes. */
const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 10_000;
const MAX_TEXT_LENGTH = 300;

export type RpcChainClientInit = {
  /** The whole URL, as in `http://host:9650/ext/bc/<chain id>/rpc`. */
  readonly url: string;
  readonly timeoutMs?: number;
};

/** @throws ClientError CLIENT_BAD_URL for anything but http and https. */
export function parseRpcUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new ClientError('CLIENT_BAD_URL', {url, expected: 'http://… or https://…'});
  }
  return parsed;
}

function parseJson(bytes: Uint8Array, status: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes));
  } catch (cause) {
    throw new ClientError('CLIENT_BAD_RESPONSE', {problem: 'not JSON', status}, {cause});
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ClientError('CLIENT_BAD_RESPONSE', {problem: 'not a JSON-RPC answer', status});
  }
  return value as Record<string, unknown>;
}

function factsOf(data: object): ErrorDetails {
  const facts: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(data)) {
    if (name === 'code') continue;
    if (['string', 'number', 'boolean'].includes(typeof value)) {
      facts[name] = typeof value === 'string' ? value.slice(0, MAX_TEXT_LENGTH) : value;
    }
  }
  return facts;
}

/** `{code, message, data: {code: "TX_…", …}}`; without a coded `data` it is `API_ERROR`. */
export function toApiError(error: unknown): ApiError {
  const {message, data} = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly message?: unknown;
    readonly data?: unknown;
  };
  const text = String(message ?? error).slice(0, MAX_TEXT_LENGTH);
  if (typeof data !== 'object' || data === null) {
    return new ApiError('API_ERROR', {text, details: {text}});
  }
  const code = (data as {readonly code?: unknown}).code;
  const isCode = typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code);
  return new ApiError(isCode ? code : 'API_ERROR', {text, data, details: factsOf(data)});
}

function unreachable(error: unknown, host: string, timeoutMs: number): Error {
  if (error instanceof ClientError) return error;
  const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
  if (isTimeout) return new ClientError('CLIENT_TIMEOUT', {host, timeoutMs}, {cause: error});
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason =
    inner instanceof Error ? ((inner as NodeJS.ErrnoException).code ?? inner.message) : 'unknown';
  return new ClientError('CLIENT_UNREACHABLE', {host, reason}, {cause: error});
}

/** The chain's API over JSON-RPC 2.0. Bounded in time and size; keeps no state but its request number. */
export class RpcChainClient implements ChainClient {
  readonly #url: URL;
  readonly #timeoutMs: number;
  #nextId = 1;

  /** @throws ClientError CLIENT_BAD_URL */
  constructor({url, timeoutMs = TIMEOUT_MS}: RpcChainClientInit) {
    this.#url = parseRpcUrl(url);
    this.#timeoutMs = timeoutMs;
  }

  /**
   * @throws ApiError when the chain refuses, ClientError when there is no usable answer; an abort of
   * `signal` rejects with its reason.
   */
  async call<M extends ApiMethod>(
    method: M,
    params: ApiParams[M],
    signal?: AbortSignal,
  ): Promise<ApiResults[M]> {
    const id = this.#nextId++;
    const request = JSON.stringify({jsonrpc: '2.0', id, method: `session.${method}`, params});
    const answer = await this.#post(request, signal);
    if (answer['error'] !== undefined && answer['error'] !== null) {
      throw toApiError(answer['error']);
    }
    if (answer['id'] !== id) {
      throw new ClientError('CLIENT_BAD_RESPONSE', {method, problem: 'answers another request'});
    }
    return API_RESULTS[method](answer['result'], method);
  }

  async #post(body: string, signal: AbortSignal | undefined): Promise<Record<string, unknown>> {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: {'content-type': 'application/json'},
        body,
        redirect: 'error',
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      return parseJson(await readLimited(response, MAX_RESPONSE_BYTES), response.status);
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw unreachable(error, this.#url.host, this.#timeoutMs);
    }
  }
}
