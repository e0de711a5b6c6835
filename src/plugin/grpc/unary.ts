import {
  type handleUnaryCall,
  Metadata,
  type ServiceError,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type {CallContext} from '../messages.ts';
import {fromWire, toWire} from './convert.ts';

/** A method of messages.ts, without its types: the wire knows names only. */
export type AnyUnary = (request: never, context: CallContext) => unknown;

/** Told about each failed call, for the log. */
export type OnFailure = (method: string, error: unknown) => void;

/** The hosts do not look at the code, only whether it is OK; the text is what their log shows. */
function toStatus(error: unknown): Partial<ServiceError> {
  const details = error instanceof Error ? error.message : String(error);
  return {code: status.UNKNOWN, details, metadata: new Metadata()};
}

/** Gives a plain function a call, a signal and an error mapping. Host-protocol §2.3. */
export function toGrpc(
  method: string,
  find: () => AnyUnary | Promise<AnyUnary>,
  onFailure: OnFailure,
): handleUnaryCall<object, object> {
  const run = async (request: object, signal: AbortSignal): Promise<object> => {
    const handler = await find();
    const answer = await handler(fromWire(request) as never, {signal});
    return toWire(answer as object);
  };
  return (call, respond: sendUnaryData<object>) => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    run(call.request, abort.signal).then(
      (answer) => respond(null, answer),
      (error: unknown) => {
        if (!abort.signal.aborted) onFailure(method, error);
        respond(toStatus(error));
      },
    );
  };
}
