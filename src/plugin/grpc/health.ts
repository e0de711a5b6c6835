import type {Server, ServerUnaryCall, ServerWritableStream, sendUnaryData} from '@grpc/grpc-js';
import {status} from '@grpc/grpc-js';
import {serviceDefinition} from './definitions.ts';

const SERVING = 1;

type Request = {readonly service: string};
type Response = {readonly status: number};

/** `grpc.health.v1.Health`: a server that answers is serving. Only the server as a whole has a name. */
export function addHealthService(server: Server): void {
  server.addService(serviceDefinition('grpc.health.v1.Health'), {
    Check({request}: ServerUnaryCall<Request, Response>, respond: sendUnaryData<Response>) {
      if (request.service === '') respond(null, {status: SERVING});
      else respond({code: status.NOT_FOUND, details: 'unknown service'});
    },
    Watch(stream: ServerWritableStream<Request, Response>) {
      // Stays open, as the protocol asks; the state never changes.
      stream.write({status: SERVING});
    },
  });
}
