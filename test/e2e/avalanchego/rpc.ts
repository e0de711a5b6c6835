import {E2eError} from './errors.ts';
import {waitFor} from './wait-for.ts';

const CALL_TIMEOUT_MS = 5_000;

type Answer = {
  readonly result?: unknown;
  readonly error?: {readonly code?: unknown; readonly message?: unknown; readonly data?: unknown};
};

/** One method of one service; `url` is the whole address, `/ext/info` or `/ext/bc/CHAIN/rpc`. */
export type RpcCall = {
  readonly url: string;
  readonly method: string;
  readonly params?: unknown;
  readonly timeoutMs?: number;
};

async function post({url, method, params = {}, timeoutMs = CALL_TIMEOUT_MS}: RpcCall) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({jsonrpc: '2.0', id: 1, method, params}),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return {status: response.status, text: await response.text()};
  } catch (error) {
    // fetch names every transport fault TypeError and puts the system's word for it in `cause`.
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new E2eError('E2E_RPC_UNREACHABLE', {url, method, cause: String(cause)}, {cause: error});
  }
}

/** An error page of the node's own router (404, 503 while it starts) is not JSON. */
function parseAnswer(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Calls once. The caller names the type of the result: the services under test are typed elsewhere.
 * @throws E2eError E2E_RPC_UNREACHABLE without a JSON-RPC answer, E2E_RPC_REFUSED for an error in it.
 */
export async function callRpc<Result>(call: RpcCall): Promise<Result> {
  const {url, method} = call;
  const {status, text} = await post(call);
  const answer = parseAnswer(text);
  if (answer?.error !== undefined && answer.error !== null) {
    const {code, message, data} = answer.error;
    throw new E2eError('E2E_RPC_REFUSED', {
      method,
      code: String(code),
      message: String(message),
      ...(data === undefined ? {} : {data: JSON.stringify(data)}),
    });
  }
  if (answer?.result === undefined) {
    throw new E2eError('E2E_RPC_UNREACHABLE', {url, method, status, body: text.slice(0, 200)});
  }
  return answer.result as Result;
}

/**
 * Calls again while nobody answers: a node that starts, a chain that is not up yet. Only for methods
 * that may run twice. A refusal is an answer.
 * @throws E2eError E2E_TIMEOUT, E2E_RPC_REFUSED
 */
export function callRpcPatiently<Result>(call: RpcCall, withinMs: number): Promise<Result> {
  return waitFor(`${call.method} at ${call.url}`, withinMs, async () => {
    try {
      return await callRpc<Result>(call);
    } catch (error) {
      if (error instanceof E2eError && error.code === 'E2E_RPC_UNREACHABLE') return undefined;
      throw error;
    }
  });
}
