import type {Duplex} from 'node:stream';

/** A header as Go has it: one name in canonical form, several values. */
export type HttpHeader = {readonly key: string; readonly values: readonly string[]};

export type HttpRequest = {
  readonly method: string;
  /** Path and query as the node received them, its own prefix included. */
  readonly url: string;
  readonly body: Uint8Array;
};
export type HttpResponse = {
  readonly status: number;
  readonly headers: readonly HttpHeader[];
  readonly body: Uint8Array;
};

/** A request that wants the connection for WebSocket. */
export type HttpUpgrade = Pick<HttpRequest, 'method' | 'url'> & {
  readonly headers: readonly HttpHeader[];
  /** Takes the connection over, with nothing answered yet. */
  hijack(): Promise<Duplex>;
};

export type HttpRouter = {
  /** Every failure is an answer. */
  answer(request: HttpRequest): Promise<HttpResponse>;
  /** Resolves when the connection has ended, or with an answer when it was not taken over. */
  upgrade(request: HttpUpgrade): Promise<HttpResponse | undefined>;
};

export type Answer = {readonly status: number; readonly body: Uint8Array};

/** What one path answers. */
export type HttpEndpoint = {
  readonly methods: readonly string[];
  answer(body: Uint8Array): Promise<Answer>;
  /** For paths that speak WebSocket too. */
  upgrade?(request: HttpUpgrade): Promise<Answer | undefined>;
};

/** Longest request body: a batch of 15 of the longest transactions in hex. */
export const MAX_BODY_BYTES = 2_097_152;

const JSON_TYPE: HttpHeader = {key: 'Content-Type', values: ['application/json']};
const TEXT_TYPE: HttpHeader = {key: 'Content-Type', values: ['text/plain; charset=utf-8']};

/** An answer without JSON. */
export function refuse(
  status: number,
  text: string,
  headers: readonly HttpHeader[] = [],
): HttpResponse {
  return {status, headers: [TEXT_TYPE, ...headers], body: new TextEncoder().encode(`${text}\n`)};
}

/** `/ext/bc/<chain>/rpc?x` → `/rpc`: nodes differ in what comes before. */
function lastSegment(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  return path.slice(path.lastIndexOf('/'));
}

/** Routes by the last segment of the path. */
export function createHttpRouter(endpoints: Readonly<Record<string, HttpEndpoint>>): HttpRouter {
  const find = (url: string): HttpEndpoint | undefined => {
    const path = lastSegment(url);
    return Object.hasOwn(endpoints, path) ? endpoints[path] : undefined;
  };
  return {
    async answer({method, url, body}) {
      const endpoint = find(url);
      if (endpoint === undefined) return refuse(404, 'not found');
      if (!endpoint.methods.includes(method)) {
        const allowed = {key: 'Allow', values: [endpoint.methods.join(', ')]};
        return refuse(405, 'method not allowed', [allowed]);
      }
      if (body.length > MAX_BODY_BYTES) {
        return refuse(413, `request body is longer than ${MAX_BODY_BYTES} bytes`);
      }
      return {...(await endpoint.answer(body)), headers: [JSON_TYPE]};
    },
    async upgrade(request) {
      const endpoint = find(request.url);
      if (endpoint === undefined) return refuse(404, 'not found');
      if (endpoint.upgrade === undefined) return refuse(501, 'this path speaks no WebSocket');
      const answer = await endpoint.upgrade(request);
      return answer === undefined ? undefined : {...answer, headers: [JSON_TYPE]};
    },
  };
}
