import type {HttpHeader, HttpRouter} from '../http-router.ts';
import {openChannel} from './channel.ts';
import {serviceDefinition} from './definitions.ts';
import {type LoopbackServer, startLoopbackServer} from './server.ts';
import {type OnFailure, toGrpc} from './unary.ts';

type SimpleRequest = {
  readonly method: string;
  readonly url: string;
  readonly body: Uint8Array;
  readonly responseHeaders: readonly HttpHeader[];
};
type SimpleResponse = {
  readonly code: number;
  readonly headers: readonly HttpHeader[];
  readonly body: Uint8Array;
};

type UpgradeRequest = {
  readonly responseWriter?: {readonly header: readonly HttpHeader[]; readonly serverAddr: string};
};

/** Ours replace the node's of the same name; the node drops all that are not sent back. */
function mergeHeaders(
  given: readonly HttpHeader[],
  own: readonly HttpHeader[],
): readonly HttpHeader[] {
  const names = new Set(own.map(({key}) => key));
  return [...given.filter(({key}) => !names.has(key)), ...own];
}

function handleSimple(router: HttpRouter) {
  return async (request: SimpleRequest): Promise<SimpleResponse> => {
    const {status, headers, body} = await router(request);
    return {code: status, headers: mergeHeaders(request.responseHeaders, headers), body};
  };
}

const NOT_IMPLEMENTED = 501;
const REFUSAL = new TextEncoder().encode('this chain serves no upgraded connections\n');

/** Upgrades and HTTP/2: refused in the way of the protocol, by the writer that the node lends. */
async function refuseUpgrade({responseWriter}: UpgradeRequest): Promise<object> {
  if (responseWriter === undefined) return {header: []};
  const writer = openChannel(
    responseWriter.serverAddr,
    serviceDefinition('http.responsewriter.Writer'),
  );
  const header = mergeHeaders(responseWriter.header, [
    {key: 'Content-Type', values: ['text/plain; charset=utf-8']},
  ]);
  try {
    await writer.call('WriteHeader', {headers: header, statusCode: NOT_IMPLEMENTED});
    await writer.call('Write', {headers: header, payload: REFUSAL});
  } finally {
    // The node ends the request only when this connection is gone.
    writer.close();
  }
  return {header};
}

/** One gRPC server of `http.HTTP` for all handlers. Host-protocol §2.9. */
export function startHttpServer(router: HttpRouter, onFailure: OnFailure): Promise<LoopbackServer> {
  return startLoopbackServer((server) => {
    server.addService(serviceDefinition('http.HTTP'), {
      HandleSimple: toGrpc('HandleSimple', () => handleSimple(router), onFailure),
      Handle: toGrpc('Handle', () => refuseUpgrade, onFailure),
    });
  });
}
