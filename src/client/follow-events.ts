import type {ChainEvent, CursorText, SubscribeParams} from '../protocol/chain-events.ts';
import {ClientError} from './errors.ts';
import {eventsOfConnection} from './event-socket.ts';
import {parseRpcUrl} from './rpc-chain-client.ts';
import {sleep} from './sleep.ts';

export type FollowEventsInit = SubscribeParams & {
  /** The chain's API, as in `http://host:9650/ext/bc/<chain id>/rpc`. */
  readonly url: string;
  /** Told before the next try: after which cursor it goes on. */
  readonly onBreak?: (after: CursorText | undefined) => void;
  /** Resolves after so many ms, or when the signal ends. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
};

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

const pauseFor = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, signal).catch(() => undefined);

/** `…/rpc` → `…/ws`. @throws ClientError CLIENT_BAD_URL */
export function eventsUrl(rpcUrl: string): URL {
  const url = parseRpcUrl(rpcUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = url.pathname.replace(/[^/]*$/, 'ws');
  return url;
}

/**
 * Events of the chain, each once and in order, until the signal ends. A connection that breaks is
 * opened again after the last cursor.
 * @throws ApiError when the chain refuses (API_CURSOR_TOO_OLD says where to go on), ClientError when
 * there is no connection at the beginning, or no usable answer.
 */
export async function* followEvents(
  {url: rpcUrl, onBreak, pause = pauseFor, ...params}: FollowEventsInit,
  signal: AbortSignal,
): AsyncGenerator<ChainEvent, void, undefined> {
  const url = eventsUrl(rpcUrl);
  let {after} = params;
  let isFirst = true;
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      const asked = after === undefined ? params : {...params, after};
      for await (const {cursor, event} of eventsOfConnection(url, asked, signal)) {
        isFirst = false;
        pauseMs = FIRST_PAUSE_MS;
        after = cursor;
        if (event !== undefined) yield event;
      }
    } catch (error) {
      const isPassing = error instanceof ClientError && error.code === 'CLIENT_UNREACHABLE';
      if (isFirst || !isPassing) throw error;
    }
    if (signal.aborted) return;
    onBreak?.(after);
    await pause(pauseMs, signal);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
}
