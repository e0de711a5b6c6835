import {
  type handleUnaryCall,
  type ServerUnaryCall,
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

type Call = ServerUnaryCall<object, object>;

/** Makes its signal when it is asked for: one call in a thousand waits long enough to need it. */
class GrpcContext implements CallContext {
  readonly #call: Call;
  #abort: AbortController | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      if (this.#call.cancelled) abort.abort();
      else this.#call.on('cancelled', () => abort.abort());
    }
    return this.#abort.signal;
  }
}

/**
 * The hosts do not look at the code, only whether it is OK; the text is what their log shows. It may
 * quote what a caller sent, cut in the middle of a character: grpc-js throws for half of one.
 */
function toStatus(error: unknown): Partial<ServiceError> {
  const text = error instanceof Error ? error.message : String(error);
  return {code: status.UNKNOWN, details: text.toWellFormed()};
}

/**
 * Gives a plain function a call, a signal and an error mapping. What needs no waiting is answered
 * without a promise: at thousands of calls a second they are what costs. Host-protocol §2.3.
 */
export function toGrpc(
  method: string,
  find: () => AnyUnary | Promise<AnyUnary>,
  onFailure: OnFailure,
): handleUnaryCall<object, object> {
  return (call: Call, respond: sendUnaryData<object>) => {
    const answer = (response: unknown): void => respond(null, toWire(response as object));
    const fail = (error: unknown): void => {
      if (!call.cancelled) onFailure(method, error);
      respond(toStatus(error));
    };
    const run = (handler: AnyUnary): unknown =>
      handler(fromWire(call.request) as never, new GrpcContext(call));
    try {
      const handler = find();
      const response = handler instanceof Promise ? handler.then(run) : run(handler);
      if (response instanceof Promise) response.then(answer).catch(fail);
      else answer(response);
    } catch (error) {
      fail(error);
    }
  };
}
