import type {ChainEvent, CursorText, SubscribeParams} from '../protocol/chain-events.ts';
import {described, maybe, shape, text} from './check.ts';
import {ClientError} from './errors.ts';
import {chainEvent} from './event-results.ts';
import {toApiError} from './rpc-chain-client.ts';

/** What a connection has told so far, up to a cursor; without an event it only moved on. */
export type Told = {readonly cursor: CursorText; readonly event?: ChainEvent};

/** A reader that is so far behind lets go of the connection, and comes back after its last cursor. */
const MAX_QUEUED = 10_000;
/** No event is longer. */
const MAX_MESSAGE_CHARS = 65_536;
/** The server is asked for a sign of life; without any for so long it is gone. */
const PING_MS = 20_000;
const SILENCE_MS = 50_000;

const SUBSCRIBE_ID = 1;
const PING_ID = 2;

const subscribed = shape<{readonly after: string}>({after: text});
const notification = shape<{readonly event?: unknown; readonly cursor?: string}>({
  event: described({}, (value) => value),
  cursor: maybe(text),
});

function parseMessage(data: unknown): Readonly<Record<string, unknown>> {
  const bad = (problem: string): never => {
    throw new ClientError('CLIENT_BAD_RESPONSE', {problem});
  };
  if (typeof data !== 'string' || data.length > MAX_MESSAGE_CHARS) bad('not a short text frame');
  try {
    const value: unknown = JSON.parse(String(data));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    return bad('not JSON');
  }
  return bad('not an object');
}

/** @throws ApiError when the server refuses, ClientError CLIENT_BAD_RESPONSE */
function toldBy(data: unknown): Told | undefined {
  const {id, method, params, result, error} = parseMessage(data);
  if (id === SUBSCRIBE_ID) {
    if (error !== undefined && error !== null) throw toApiError(error);
    return {cursor: subscribed(result, 'result').after};
  }
  if (method !== 'event' && method !== 'position') return undefined;
  const {event, cursor} = notification(params, 'params');
  if (method === 'position') return cursor === undefined ? undefined : {cursor};
  const read = chainEvent(event, 'params.event');
  return {cursor: read.cursor, event: read};
}

/** One WebSocket and what came over it. */
class EventSocket {
  readonly #socket: WebSocket;
  readonly #queue: Told[] = [];
  readonly #ticker: NodeJS.Timeout;
  #failure: unknown;
  #isOver = false;
  #isOpen = false;
  #lastSign = performance.now();
  #wake: () => void = () => undefined;

  constructor(url: URL, params: SubscribeParams) {
    this.#socket = new WebSocket(url);
    const send = (id: number, method: string, given: object): void =>
      this.#socket.send(JSON.stringify({jsonrpc: '2.0', id, method, params: given}));
    this.#socket.addEventListener('open', () => {
      this.#isOpen = true;
      send(SUBSCRIBE_ID, 'subscribe', params);
    });
    this.#socket.addEventListener('message', ({data}) => this.#onMessage(data));
    this.#socket.addEventListener('close', () => this.#end(this.#unreachable(url)));
    this.#ticker = setInterval(() => {
      if (performance.now() - this.#lastSign > SILENCE_MS) this.#end(this.#unreachable(url));
      else if (this.#isOpen && !this.#isOver) send(PING_ID, 'ping', {});
    }, PING_MS);
  }

  #unreachable({host}: URL): ClientError | undefined {
    const reason = 'no WebSocket';
    return this.#isOpen ? undefined : new ClientError('CLIENT_UNREACHABLE', {host, reason});
  }

  #onMessage(data: unknown): void {
    if (this.#isOver) return;
    this.#lastSign = performance.now();
    try {
      const told = toldBy(data);
      if (told !== undefined) this.#queue.push(told);
      if (this.#queue.length > MAX_QUEUED) this.#end(undefined);
    } catch (error) {
      this.#end(error);
    }
    this.#wake();
  }

  #end(failure: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = failure;
    clearInterval(this.#ticker);
    this.#socket.close();
    this.#wake();
  }

  close(): void {
    this.#end(undefined);
  }

  async *told(): AsyncGenerator<Told, void, undefined> {
    for (;;) {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        yield next;
      }
      if (this.#isOver) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/**
 * What the chain tells over one connection, until it ends or the signal does.
 * @throws ApiError, ClientError CLIENT_UNREACHABLE, CLIENT_BAD_RESPONSE
 */
export async function* eventsOfConnection(
  url: URL,
  params: SubscribeParams,
  signal: AbortSignal,
): AsyncGenerator<Told, void, undefined> {
  if (signal.aborted) return;
  const socket = new EventSocket(url, params);
  const abort = (): void => socket.close();
  signal.addEventListener('abort', abort, {once: true});
  try {
    yield* socket.told();
  } finally {
    signal.removeEventListener('abort', abort);
    socket.close();
  }
}
