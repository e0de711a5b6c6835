import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {type HeaderElement, toHeaderElements} from './go-headers.ts';

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
export type Route = (request: SimpleRequest, signal: AbortSignal) => Promise<SimpleResponse>;

export type HttpProxy = {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Routes by exact path. While the chain is not in normal operation every one answers 503. */
  setRoutes(routes: ReadonlyMap<string, Route>): void;
  setOpen(isOpen: boolean): void;
  stop(): Promise<void>;
};

export type HttpProxyInit = {
  /** 0 takes a free one. */
  readonly port: number;
  /** Sent as `Node-Id` with each answer, as the hosts do. */
  readonly nodeId: string;
};

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
    answerSimple(response, await route(simple, abort.signal));
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
  const server = createServer({requestTimeout: REQUEST_TIMEOUT_MS}, (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const route = routes.get(path);
    if (request.headers.upgrade !== undefined) {
      return answerText(response, 501, 'the development host carries no upgraded connections');
    }
    if (!isOpen && path.startsWith('/ext/bc/')) {
      return answerText(response, 503, 'API call rejected because chain is not done bootstrapping');
    }
    if (route === undefined) return answerText(response, 404, '404 page not found');
    return void forward(route, {request, response, nodeId});
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
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
