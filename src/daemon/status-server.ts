import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {HostAndPort} from './config-values.ts';
import {DaemonError} from './errors.ts';

/** A scraper or two, and a person; more wait at the door. */
const MAX_CONNECTIONS = 32;
const MAX_HEADER_BYTES = 8192;
const HEADERS_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;
const IDLE_MS = 15_000;

export type StatusAnswer = {
  readonly status: 200 | 400 | 404 | 502 | 503;
  readonly type: string;
  readonly body: string;
};

/** Answers what stands behind the `?`. */
export type StatusPage = (query: URLSearchParams) => Promise<StatusAnswer>;

export type StatusServerInit = {
  readonly at: HostAndPort;
  /** By path, as in `/health`. */
  readonly pages: ReadonlyMap<string, StatusPage>;
  /** A page that could not be made: the asker hears 500 and no more. */
  readonly onError: (path: string, error: unknown) => void;
};

export type StatusServer = AsyncDisposable & {
  /** The port it listens on, when any free one was asked for. */
  readonly port: number;
};

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

const refuse = (response: ServerResponse, status: number, text: string): void =>
  answer(response, status, 'text/plain; charset=utf-8', `${text}\n`);

async function handle(
  {method, url = '/'}: IncomingMessage,
  response: ServerResponse,
  {pages, onError}: StatusServerInit,
): Promise<void> {
  const path = url.split('?', 1)[0] ?? '';
  const page = pages.get(path);
  if (page === undefined) return refuse(response, 404, 'not found');
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    // What such a request brings is not read.
    response.setHeader('connection', 'close');
    return refuse(response, 405, 'method not allowed');
  }
  try {
    const {status, type, body} = await page(new URLSearchParams(url.slice(path.length)));
    answer(response, status, type, body);
  } catch (error) {
    onError(path, error);
    refuse(response, 500, 'internal error');
  }
}

function listen(server: Server, {host, port}: HostAndPort): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const facts = {setting: 'metrics', host, port, reason: cause.code ?? cause.message};
      reject(new DaemonError('DAEMON_LISTEN_FAILED', facts, {cause}));
    });
    server.listen({host, port, exclusive: true}, () => {
      const address = server.address();
      resolve(typeof address === 'object' ? (address?.port ?? port) : port);
    });
  });
}

/**
 * Serves a few read-only pages. Bounded in connections, header bytes and time.
 * @throws DaemonError DAEMON_LISTEN_FAILED with the setting to change.
 */
export async function startStatusServer(init: StatusServerInit): Promise<StatusServer> {
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: IDLE_MS,
    connectionsCheckingInterval: HEADERS_TIMEOUT_MS,
  };
  const server = createServer(limits, (request, response) => void handle(request, response, init));
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(IDLE_MS);
  const port = await listen(server, init.at);
  server.on('error', (error) => init.onError('', error));
  return {
    port,
    [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}
