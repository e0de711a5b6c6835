import {type IncomingMessage, ServerResponse} from 'node:http';
import type {Socket} from 'node:net';
import {type HeaderElement, toHeaderElements} from './go-headers.ts';
import {SERVICES} from './host-definitions.ts';
import {lendConnection} from './lent-connection.ts';
import {type LoopbackServer, startLoopbackServer} from './loopback-server.ts';
import {addUnaryService} from './unary-service.ts';

/** `http.HTTPRequest`, as far as an upgrade fills it. */
export type HandleRequest = {
  readonly responseWriter: {
    readonly header: readonly HeaderElement[];
    readonly serverAddr: string;
  };
  readonly request: object;
};
/** `Handle` of one handler of the plugin; lasts as long as the connection. */
export type HandleRoute = (
  request: HandleRequest,
  signal: AbortSignal,
) => Promise<{readonly header: readonly HeaderElement[]}>;

export type Upgraded = {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** Bytes that came behind the request. */
  readonly head: Uint8Array;
};

type Headers = {readonly headers: readonly HeaderElement[]};

/** The writer that the plugin gets for one request, and what became of it. */
class LentWriter {
  readonly #upgraded: Upgraded;
  readonly #response: ServerResponse;
  #connection: LoopbackServer | undefined;

  constructor(upgraded: Upgraded) {
    this.#upgraded = upgraded;
    this.#response = new ServerResponse(upgraded.request);
    this.#response.assignSocket(upgraded.socket);
    this.#response.shouldKeepAlive = false;
  }

  get isHijacked(): boolean {
    return this.#connection !== undefined;
  }

  #writeHead(code: number, headers: readonly HeaderElement[]): void {
    // Go's writer ignores a second head.
    if (this.#response.headersSent) return;
    for (const {key, values} of headers) this.#response.setHeader(key, [...values]);
    this.#response.writeHead(code);
  }

  readonly handlers = {
    WriteHeader: ({statusCode, headers}: Headers & {readonly statusCode: number}): object => {
      this.#writeHead(statusCode, headers);
      return {};
    },
    Write: ({payload, headers}: Headers & {readonly payload: Uint8Array}): object => {
      this.#writeHead(200, headers);
      this.#response.write(payload);
      return {written: payload.length};
    },
    Flush: (): object => ({}),
    Hijack: async (): Promise<object> => {
      const {socket, head} = this.#upgraded;
      this.#response.detachSocket(socket);
      if (head.length > 0) socket.unshift(head);
      this.#connection = await lendConnection(socket);
      return {
        localNetwork: 'tcp',
        localString: `${socket.localAddress}:${socket.localPort}`,
        remoteNetwork: 'tcp',
        remoteString: `${socket.remoteAddress}:${socket.remotePort}`,
        serverAddr: this.#connection.address,
      };
    },
  };

  /** The plugin is done with the request. */
  async finish(): Promise<void> {
    const {socket} = this.#upgraded;
    if (this.#connection !== undefined) {
      socket.destroySoon();
      await this.#connection.stopGracefully();
    } else {
      this.#response.end(() => socket.destroySoon());
    }
  }

  fail(text: string): void {
    if (this.isHijacked || this.#response.headersSent) return;
    this.#writeHead(500, []);
    this.#response.write(`${text}\n`);
  }
}

function requestMessage({request, socket}: Upgraded): object {
  const [path = '/', rawQuery = ''] = (request.url ?? '/').split('?', 2);
  return {
    method: request.method ?? 'GET',
    url: {path, rawQuery},
    proto: 'HTTP/1.1',
    protoMajor: 1,
    protoMinor: 1,
    header: toHeaderElements(request.headers),
    host: request.headers.host ?? '',
    remoteAddr: `${socket.remoteAddress}:${socket.remotePort}`,
    requestUri: request.url ?? '/',
  };
}

/** Hands an upgrade to the plugin as the hosts do: a server for its answer, then the connection itself. */
export async function forwardUpgrade(
  route: HandleRoute,
  upgraded: Upgraded,
  nodeId: string,
): Promise<void> {
  const writer = new LentWriter(upgraded);
  const end = {read: new Uint8Array(), error: {errorCode: 1, message: 'EOF'}};
  const lent = await startLoopbackServer((grpc) => {
    addUnaryService(grpc, SERVICES.responseWriter, writer.handlers);
    // The body of an upgrade is empty.
    addUnaryService(grpc, SERVICES.reader, {Read: () => end});
  });
  const abort = new AbortController();
  const gone = (): void => {
    // A connection that was handed over ends by its reader; before that, nobody would notice.
    if (!writer.isHijacked) abort.abort();
  };
  upgraded.socket.once('close', gone);
  upgraded.socket.on('error', () => undefined);
  const header = [{key: 'Node-Id', values: [nodeId]}];
  const request = requestMessage(upgraded);
  try {
    await route({responseWriter: {header, serverAddr: lent.address}, request}, abort.signal);
  } catch (error) {
    writer.fail(error instanceof Error ? error.message : String(error));
  } finally {
    upgraded.socket.off('close', gone);
    await writer.finish();
    await lent.stopGracefully();
  }
}
