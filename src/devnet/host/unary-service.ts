import {
  Metadata,
  type Server,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import {SessionError} from '../../protocol/errors.ts';

/** One method of a service that this host serves. */
export type UnaryHandler = (request: never, call: UnaryContext) => Promise<unknown> | unknown;
export type UnaryContext = {readonly signal: AbortSignal};

function toStatus(error: unknown): {code: status; details: string; metadata: Metadata} {
  // Go uses UNKNOWN for every failure; nobody looks at the code.
  const details = error instanceof Error ? error.message : String(error);
  if (!(error instanceof SessionError) && !(error instanceof Error)) throw error;
  return {code: status.UNKNOWN, details, metadata: new Metadata()};
}

function adapt(handler: UnaryHandler) {
  return (call: ServerUnaryCall<unknown, unknown>, respond: sendUnaryData<unknown>): void => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    Promise.resolve()
      .then(() => handler(call.request as never, {signal: abort.signal}))
      .then(
        (response) => respond(null, response ?? {}),
        (error: unknown) => respond(toStatus(error)),
      );
  };
}

/** Registers plain async functions under the methods of one service. All must be given. */
export function addUnaryService(
  server: Server,
  service: ServiceDefinition,
  handlers: Readonly<Record<string, UnaryHandler>>,
): void {
  const implementation = Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [name, adapt(handler)]),
  );
  server.addService(service, implementation);
}
