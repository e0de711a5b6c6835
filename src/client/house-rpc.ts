import {ClientError} from './errors.ts';
import {type JsonPost, postJson} from './post-json.ts';
import {parseRpcUrl} from './rpc-chain-client.ts';

/** A record of an identity or a key is about 10 KB. */
const MAX_RESPONSE_BYTES = 64 * 1024;
const TIMEOUT_MS = 5000;
const MAX_TEXT_LENGTH = 200;

export type HouseRpcInit = {
  /** The whole URL, as in `http://host:9650/ext/bc/I/rpc`; it is never built. */
  readonly url: string;
  readonly timeoutMs?: number;
};

/** What an `error` of an answer says: text in JSON-RPC 1.0, an object in 2.0. */
function refusalOf(error: unknown): string {
  const isObject = typeof error === 'object' && error !== null && 'message' in error;
  const said = String(isObject ? error.message : error).slice(0, MAX_TEXT_LENGTH);
  // It may end up on a terminal.
  return said.replace(/\p{C}/gu, '·');
}

/**
 * The API of another chain of the house (identityvm, keyvm), as Go's gorilla codec speaks it: the
 * method's name exact to the letter, its arguments one object in a list, `error` a text or null.
 */
export class HouseRpc {
  readonly #post: JsonPost;
  #nextId = 1;

  /** @throws ClientError CLIENT_BAD_URL */
  constructor({url, timeoutMs = TIMEOUT_MS}: HouseRpcInit) {
    this.#post = {url: parseRpcUrl(url), timeoutMs, maxBytes: MAX_RESPONSE_BYTES};
  }

  /**
   * The `result`, unread.
   * @throws ClientError CLIENT_NEIGHBOUR_REFUSED when the chain says no; CLIENT_UNREACHABLE,
   * CLIENT_TIMEOUT, CLIENT_BAD_RESPONSE when it says nothing usable
   */
  async call(method: string, args: object, signal?: AbortSignal): Promise<unknown> {
    const id = this.#nextId++;
    const request = JSON.stringify({jsonrpc: '2.0', id, method, params: [args]});
    const {error, id: answered, result} = await postJson(this.#post, request, signal);
    if (error !== undefined && error !== null) {
      throw new ClientError('CLIENT_NEIGHBOUR_REFUSED', {method, text: refusalOf(error)});
    }
    if (answered !== id) {
      throw new ClientError('CLIENT_BAD_RESPONSE', {method, problem: 'answers another request'});
    }
    return result;
  }
}
