import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse, STATUS_CODES} from 'node:http';
import type {Socket} from 'node:net';
import {type HeaderElement, toHeaderElements} from './go-headers.ts';
import {forwardUpgrade, type HandleRoute} from './upgrade-proxy.ts';

/** Largest request body that the proxy reads, in bytes. Above it the answer is 413. */
export const MAX_PROXY_BODY_BYTES = 16_777_216;
/** A client that sends a body slower than this is cut. */
const REQUEST_TIMEOUT_MS = 60_000;

export type SimpleRequest = {
  readonly method: string;
  /** Raw request URI: path and query as they came. */
  readonly url: string;
  readonly requestHeaders: readonly HeaderElement[];
  readonly body: Uint8Array;
  /** Headers that the host has set already; the answer replaces them all. */
  readonly responseHeaders: readonly HeaderElement[];
};

export type SimpleResponse = {
  readonly code: number;
  readonly headers: readonly HeaderElement[];
  readonly body: Uint8Array;
};

/** One handler of the plugin, by its prefix. */
export type Route = {
  /** `HandleSimple`: everything but upgrades. */
  handleSimple(request: SimpleRequest, signal: AbortSignal): Promise<SimpleResponse>;
  /** `Handle`: upgrades. */
  readonly handle: HandleRoute;
};

export type HttpProxy = {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Routes by exact path. While the chain is not in normal operation every one answers 503. */
  setRoutes(routes: ReadonlyMap<string, Route>): void;
  setOpen(isOpen: boolean): void;
  /** Connections that the plugin has taken over, until both sides are rid of all that belongs to them. */
  upgrades(): number;
  /** Breaks them, as a client that vanishes does. */
  cutUpgrades(): void;
  stop(): Promise<void>;
};

export type HttpProxyInit = {
  /** 0 takes a free one. */
  readonly port: number;
  /** Sent as `Node-Id` with each answer, as the hosts do. */
  readonly nodeId: string;
};

type Refusal = {readonly code: number; readonly text: string};

const NOT_BOOTSTRAPPED: Refusal = {
  code: 503,
  text: 'API call rejected because chain is not done bootstrapping',
};
const NOT_FOUND: Refusal = {code: 404, text: '404 page not found'};

/** Before anybody has taken the connection over. */
function refuseUpgrade(socket: Socket, {code, text}: Refusal): void {
  socket.on('error', () => undefined);
  const head = `HTTP/1.1 ${code} ${STATUS_CODES[code]}\r\nConnection: close\r\n`;
  const body = `${text}\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

class BodyTooLarge extends Error {}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = chunk as Uint8Array;
    length += bytes.length;
    if (length > MAX_PROXY_BODY_BYTES) throw new BodyTooLarge();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function answerText(response: ServerResponse, code: number, text: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(code, {'Content-Type': 'text/plain; charset=utf-8', Connection: 'close'});
  response.end(`${text}\n`);
}

function answerSimple(response: ServerResponse, {code, headers, body}: SimpleResponse): void {
  if (response.destroyed) return;
  response.statusCode = code >= 100 && code <= 599 ? code : 500;
  for (const {key, values} of headers) response.setHeader(key, [...values]);
  response.end(body);
}

async function forward(
  route: Route,
  {request, response, nodeId}: {request: IncomingMessage; response: ServerResponse; nodeId: string},
): Promise<void> {
  const abort = new AbortController();
  response.once('close', () => abort.abort());
  try {
    const body = await readBody(request);
    const simple: SimpleRequest = {
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      requestHeaders: toHeaderElements(request.headers),
      body,
      responseHeaders: [{key: 'Node-Id', values: [nodeId]}],
    };
    answerSimple(response, await route.handleSimple(simple, abort.signal));
  } catch (error) {
    if (error instanceof BodyTooLarge) return answerText(response, 413, 'request body too large');
    // The hosts turn every failed call into a 500 with its text.
    answerText(response, 500, error instanceof Error ? error.message : String(error));
  }
}

/** Serves `/ext/bc/<chain><prefix>` on 127.0.0.1 out of the plugin's own handlers. */
export async function startHttpProxy({port, nodeId}: HttpProxyInit): Promise<HttpProxy> {
  let routes: ReadonlyMap<string, Route> = new Map();
  let isOpen = false;
  const upgraded = new Set<Socket>();
  let carried = 0;
  const carry = async (connection: Promise<void>): Promise<void> => {
    carried += 1;
    await connection;
    carried -= 1;
  };
  const cutUpgrades = (): void => {
    for (const socket of upgraded) socket.destroy();
  };
  const find = ({url = '/'}: IncomingMessage): Route | Refusal => {
    const path = url.split('?', 1)[0] ?? '/';
    if (!isOpen && path.startsWith('/ext/bc/')) return NOT_BOOTSTRAPPED;
    return routes.get(path) ?? NOT_FOUND;
  };
  const server = createServer({requestTimeout: REQUEST_TIMEOUT_MS}, (request, response) => {
    const found = find(request);
    if ('code' in found) return answerText(response, found.code, found.text);
    return void forward(found, {request, response, nodeId});
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Uint8Array) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    const found = find(request);
    if ('code' in found) refuseUpgrade(socket, found);
    else void carry(forwardUpgrade(found.handle, {request, socket, head}, nodeId));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const boundPort = bound !== null && typeof bound === 'object' ? bound.port : port;
  return {
    url: `http://127.0.0.1:${boundPort}`,
    setRoutes(next) {
      routes = next;
    },
    setOpen(next) {
      isOpen = next;
    },
    upgrades: () => carried,
    cutUpgrades,
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      cutUpgrades();
      await closed;
    },
  };
}
