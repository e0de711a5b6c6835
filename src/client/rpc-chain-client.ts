import type {ApiMethod, ApiParams, ApiResults, ChainClient} from '../protocol/api.ts';
import type {ErrorDetails} from '../protocol/errors.ts';
import {API_RESULTS} from './api-results.ts';
import {ApiError, ClientError} from './errors.ts';
import {type JsonPost, postJson} from './post-json.ts';

/** The largest answer is a block as hex, twice 1 500 000 bytes. */
const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 10_000;
const MAX_TEXT_LENGTH = 300;

export type RpcChainClientInit = {
  /** The whole URL, as in `http://host:9650/ext/bc/<chain id>/rpc`. */
  readonly url: string;
  readonly timeoutMs?: number;
};

/** What may stand before the host is secret: errors are shown and logged. */
const withoutCredentials = (url: string): string => url.replace(/^([^:/]*:\/*)[^/?#]*@/, '$1…@');

/** @throws ClientError CLIENT_BAD_URL for anything but http and https, and for a name or password. */
export function parseRpcUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isHttp = parsed !== undefined && ['http:', 'https:'].includes(parsed.protocol);
  if (!isHttp || parsed.username !== '' || parsed.password !== '') {
    const expected = 'http://… or https://… without name and password';
    throw new ClientError('CLIENT_BAD_URL', {url: withoutCredentials(url), expected});
  }
  return parsed;
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

/** The chain's API over JSON-RPC 2.0. Bounded in time and size; keeps no state but its request number. */
export class RpcChainClient implements ChainClient {
  readonly #post: JsonPost;
  #nextId = 1;

  /** @throws ClientError CLIENT_BAD_URL */
  constructor({url, timeoutMs = TIMEOUT_MS}: RpcChainClientInit) {
    this.#post = {url: parseRpcUrl(url), timeoutMs, maxBytes: MAX_RESPONSE_BYTES};
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
    const answer = await postJson(this.#post, request, signal);
    if (answer['error'] !== undefined && answer['error'] !== null) {
      throw toApiError(answer['error']);
    }
    if (answer['id'] !== id) {
      throw new ClientError('CLIENT_BAD_RESPONSE', {method, problem: 'answers another request'});
    }
    return API_RESULTS[method](answer['result'], method);
  }
}
