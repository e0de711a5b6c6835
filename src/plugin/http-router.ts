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

export type HttpRouter = (request: HttpRequest) => Promise<HttpResponse>;

/** What one path answers. */
export type HttpEndpoint = {
  readonly methods: readonly string[];
  answer(body: Uint8Array): Promise<{readonly status: number; readonly body: Uint8Array}>;
};

/** Longest request body: a batch of 15 of the longest transactions in hex. */
export const MAX_BODY_BYTES = 2_097_152;

const JSON_TYPE: HttpHeader = {key: 'Content-Type', values: ['application/json']};
const TEXT_TYPE: HttpHeader = {key: 'Content-Type', values: ['text/plain; charset=utf-8']};

function refuse(status: number, text: string, headers: readonly HttpHeader[] = []): HttpResponse {
  return {status, headers: [TEXT_TYPE, ...headers], body: new TextEncoder().encode(`${text}\n`)};
}

/** `/ext/bc/<chain>/rpc?x` → `/rpc`: nodes differ in what comes before. */
function lastSegment(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  return path.slice(path.lastIndexOf('/'));
}

/** Routes by the last segment of the path. Every failure is an answer. */
export function createHttpRouter(endpoints: Readonly<Record<string, HttpEndpoint>>): HttpRouter {
  return async ({method, url, body}) => {
    const path = lastSegment(url);
    const endpoint = Object.hasOwn(endpoints, path) ? endpoints[path] : undefined;
    if (endpoint === undefined) return refuse(404, 'not found');
    if (!endpoint.methods.includes(method)) {
      const allowed = {key: 'Allow', values: [endpoint.methods.join(', ')]};
      return refuse(405, 'method not allowed', [allowed]);
    }
    if (body.length > MAX_BODY_BYTES) {
      return refuse(413, `request body is longer than ${MAX_BODY_BYTES} bytes`);
    }
    const answer = await endpoint.answer(body);
    return {...answer, headers: [JSON_TYPE]};
  };
}
