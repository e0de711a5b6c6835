import type {Duplex} from 'node:stream';
import {concatBytes} from '../../protocol/bytes.ts';
import {
  type HttpHeader,
  type HttpResponse,
  type HttpRouter,
  MAX_BODY_BYTES,
  refuse,
} from '../http-router.ts';
import type {CallContext} from '../messages.ts';
import {openChannel, type UnaryChannel} from './channel.ts';
import {serviceDefinition} from './definitions.ts';
import {HijackedStream} from './hijacked-stream.ts';
import {mergeHeaders} from './merge-headers.ts';

export type HandleRequest = {
  readonly responseWriter?: {readonly header: readonly HttpHeader[]; readonly serverAddr: string};
  readonly request?: {
    readonly method: string;
    readonly url?: {readonly path: string; readonly rawQuery: string} | null;
    readonly requestUri: string;
    readonly header: readonly HttpHeader[];
  } | null;
};
type HandleResponse = {readonly header: readonly HttpHeader[]};

type ReadAnswer = {
  readonly read: Uint8Array;
  readonly error?: {readonly errorCode: number} | null;
};

const READ_BYTES = 65_536;
/** The reader's word for the end; with any other the body breaks off. */
const END_OF_BODY = 1;

/** The whole body, or as much as is enough to see that it is too long; undefined for one that breaks off. */
async function readBody(address: string): Promise<Uint8Array | undefined> {
  const reader = openChannel(address, serviceDefinition('io.reader.Reader'));
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    while (length <= MAX_BODY_BYTES) {
      const {read, error} = await reader.call<ReadAnswer>('Read', {length: READ_BYTES});
      parts.push(read);
      length += read.length;
      if (error === undefined || error === null) continue;
      if (error.errorCode !== END_OF_BODY) return undefined;
      break;
    }
  } finally {
    reader.close();
  }
  return concatBytes(...parts);
}

/** The writer that the node lends for one request. */
class LentWriter {
  readonly #channel: UnaryChannel;
  readonly #given: readonly HttpHeader[];
  #hijacked: Duplex | undefined;

  constructor(address: string, given: readonly HttpHeader[]) {
    this.#channel = openChannel(address, serviceDefinition('http.responsewriter.Writer'));
    this.#given = given;
  }

  async hijack(signal: AbortSignal): Promise<Duplex> {
    const {serverAddr} = await this.#channel.call<{readonly serverAddr: string}>('Hijack', {});
    const stream = new HijackedStream(serverAddr);
    this.#hijacked = stream;
    const abort = (): void => void stream.destroy();
    signal.addEventListener('abort', abort, {once: true});
    stream.once('close', () => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
    return stream;
  }

  async respond({status, headers, body}: HttpResponse): Promise<readonly HttpHeader[]> {
    const merged = mergeHeaders(this.#given, headers);
    await this.#channel.call('WriteHeader', {headers: merged, statusCode: status});
    await this.#channel.call('Write', {headers: merged, payload: body});
    return merged;
  }

  /** The node ends the request only when its connections to us are gone. */
  close(): void {
    this.#hijacked?.destroy();
    this.#channel.close();
  }
}

function urlOf({url, requestUri}: NonNullable<HandleRequest['request']>): string {
  if (requestUri !== '') return requestUri;
  const {path = '', rawQuery = ''} = url ?? {};
  return rawQuery === '' ? path : `${path}?${rawQuery}`;
}

/** What asks for any other protocol is a request as without it: RFC 9110 §7.8. */
const isWebSocketAsked = (headers: readonly HttpHeader[]): boolean =>
  headers.some(
    ({key, values}) => key === 'Upgrade' && values.join(', ').toLowerCase() === 'websocket',
  );

/** What the plugin says to a request; undefined when it took the connection over, and that has ended. */
async function answer(
  router: HttpRouter,
  request: NonNullable<HandleRequest['request']>,
  {
    hijack,
    readBody: read,
  }: {hijack(): Promise<Duplex>; readBody(): Promise<Uint8Array | undefined>},
): Promise<HttpResponse | undefined> {
  const {method, header: headers} = request;
  const url = urlOf(request);
  if (isWebSocketAsked(headers)) return router.upgrade({method, url, headers, hijack});
  const body = await read();
  return body === undefined
    ? refuse(400, 'the body breaks off')
    : router.answer({method, url, body});
}

/** Upgrades, and whatever came over HTTP/2. Lasts as long as the connection. Host-protocol §2.9. */
export function handleHttp(router: HttpRouter) {
  return async (
    {responseWriter, request}: HandleRequest,
    {signal}: CallContext,
  ): Promise<HandleResponse> => {
    if (responseWriter === undefined) return {header: []};
    const {header, serverAddr} = responseWriter;
    const writer = new LentWriter(serverAddr, header);
    const respond = (): Promise<HttpResponse | undefined> | HttpResponse => {
      if (request === undefined || request === null) return refuse(400, 'there is no request');
      const hijack = (): Promise<Duplex> => writer.hijack(signal);
      return answer(router, request, {hijack, readBody: () => readBody(serverAddr)});
    };
    try {
      const response = await respond();
      return {header: response === undefined ? header : await writer.respond(response)};
    } finally {
      writer.close();
    }
  };
}
