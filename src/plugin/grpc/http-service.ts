import type {HttpHeader, HttpRouter} from '../http-router.ts';
import {serviceDefinition} from './definitions.ts';
import {handleHttp} from './handle-http.ts';
import {mergeHeaders} from './merge-headers.ts';
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

function handleSimple(router: HttpRouter) {
  return async (request: SimpleRequest): Promise<SimpleResponse> => {
    const {status, headers, body} = await router.answer(request);
    return {code: status, headers: mergeHeaders(request.responseHeaders, headers), body};
  };
}

/** One gRPC server of `http.HTTP` for all handlers. Host-protocol §2.9. */
export function startHttpServer(router: HttpRouter, onFailure: OnFailure): Promise<LoopbackServer> {
  return startLoopbackServer((server) => {
    server.addService(serviceDefinition('http.HTTP'), {
      HandleSimple: toGrpc('HandleSimple', () => handleSimple(router), onFailure),
      Handle: toGrpc('Handle', () => handleHttp(router), onFailure),
    });
  });
}
