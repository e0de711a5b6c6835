import type {IncomingMessage} from 'node:http';
import type {Duplex} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import type {WebSocketServer} from 'ws';
import type {Answer, HttpUpgrade} from '../http-router.ts';
import {MadeOnce} from '../made-once.ts';
import {EventConnection, type EventConnectionParts} from './event-connection.ts';
import {EVENT_LIMITS, type EventLimits} from './event-limits.ts';

export type EventServerInit = Omit<EventConnectionParts, 'limits'> & {
  readonly limits?: EventLimits;
};

/** For clients to agree that it is over. */
const CLOSE_PATIENCE_MS = 1000;

function refusal(status: number, problem: string): Answer {
  return {status, body: new TextEncoder().encode(JSON.stringify({problem}))};
}

/** As much of Node's request as a handshake looks at. */
function toIncoming({method, url, headers}: HttpUpgrade): IncomingMessage {
  const named = headers.map(({key, values}) => [key.toLowerCase(), values.join(', ')]);
  return {method, url, headers: Object.fromEntries(named)} as unknown as IncomingMessage;
}

/** Loaded by the first client: a plugin that nobody watches never pays for it. */
async function loadServer(maxPayload: number): Promise<WebSocketServer> {
  const {WebSocketServer: Server} = await import('ws');
  return new Server({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload,
  });
}

/** Tells clients over WebSocket what accepted blocks change. SPEC.md §10.2. */
export class EventServer {
  readonly #parts: EventConnectionParts;
  readonly #connections = new Set<EventConnection>();
  readonly #streams = new Set<Duplex>();
  readonly #server = new MadeOnce<WebSocketServer>();
  #opening = 0;
  #isClosed = false;

  constructor({limits = EVENT_LIMITS, ...parts}: EventServerInit) {
    this.#parts = {...parts, limits};
  }

  /** Connections that are open now. */
  get connectionCount(): number {
    return this.#streams.size;
  }

  /** Serves a client until it leaves; an answer when it is refused. */
  async upgrade(request: HttpUpgrade): Promise<Answer | undefined> {
    const {connections} = this.#parts.limits;
    if (this.#isClosed) return refusal(503, 'the chain stops');
    if (this.#streams.size + this.#opening >= connections) {
      return refusal(503, `there are ${connections} connections already`);
    }
    this.#opening += 1;
    let stream: Duplex;
    try {
      const {messageBytes} = this.#parts.limits;
      const server = await this.#server.get(() => loadServer(messageBytes));
      stream = await request.hijack();
      this.#streams.add(stream);
      this.#accept(server, request, stream);
    } finally {
      this.#opening -= 1;
    }
    // However it ends, it has ended: that is no failure of this call.
    if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve));
    this.#streams.delete(stream);
    return undefined;
  }

  #accept(server: WebSocketServer, request: HttpUpgrade, stream: Duplex): void {
    server.handleUpgrade(toIncoming(request), stream, Buffer.alloc(0), (socket) => {
      const connection = new EventConnection(socket, this.#parts);
      this.#connections.add(connection);
      socket.once('close', () => this.#connections.delete(connection));
      if (this.#isClosed) connection.close('EVENTS_STOPPED');
    });
  }

  /** Tells every client that it is over, and waits for them a moment. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.close('EVENTS_STOPPED');
    const end = performance.now() + CLOSE_PATIENCE_MS;
    while (this.#streams.size > 0 && performance.now() < end) await sleep(10);
    for (const connection of this.#connections) connection.terminate();
    for (const stream of this.#streams) stream.destroy();
  }
}
