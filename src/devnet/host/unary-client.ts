import {setMaxListeners} from 'node:events';
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import {DevnetError} from '../errors.ts';

/** How one call is made. Without a deadline it waits as long as the callee takes. */
export type CallOptions = {
  /** Aborting cancels the call on the wire: the callee sees CANCELLED. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  /** False fails at once while there is no connection, as `Health` is called. */
  readonly waitForReady?: boolean;
};

/** Channel settings of the hosts (host-protocol §2.1). */
export type ChannelSettings = {readonly keepaliveMs?: number};

export type UnaryClient = {
  /** @throws DevnetError DEVNET_CALL with the status code, its name and the callee's text. */
  call(method: string, request: unknown, options?: CallOptions): Promise<unknown>;
  /** The same with encoded messages on both sides. */
  callRaw(method: string, request: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
  /** Cancels every open call; later ones fail at once. */
  close(): void;
};

const STATUS_NAMES = new Map(
  Object.entries(status).flatMap(([name, code]) =>
    typeof code === 'number' ? [[code, name] as const] : [],
  ),
);

function toDevnetError(method: string, error: ServiceError): DevnetError {
  return new DevnetError(
    'DEVNET_CALL',
    {
      method,
      status: STATUS_NAMES.get(error.code) ?? String(error.code),
      text: error.details.slice(0, 500),
    },
    {cause: error},
  );
}

/** True for the error of a call that was cancelled by its own signal. */
export function isCancelled(error: unknown): boolean {
  return error instanceof DevnetError && error.details['status'] === 'CANCELLED';
}

const identity = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

/** A connection to one service of the plugin. */
export function createUnaryClient(
  address: string,
  service: ServiceDefinition,
  {keepaliveMs = 30_000}: ChannelSettings = {},
): UnaryClient {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.keepalive_permit_without_calls': 1,
    // Two clients of one address in one process must not share a connection.
    'grpc.use_local_subchannel_pool': 1,
  });
  type Shape = Pick<
    MethodDefinition<unknown, unknown>,
    'path' | 'requestSerialize' | 'responseDeserialize'
  >;
  const definitionOf = (method: string): Shape => {
    const definition = service[method];
    if (definition === undefined) throw new DevnetError('DEVNET_STATE', {unknownMethod: method});
    return definition;
  };
  const closing = new AbortController();
  // One listener per open call: a burst of calls is no leak.
  setMaxListeners(0, closing.signal);
  const invoke = (shape: Shape, method: string, request: unknown, options: CallOptions) =>
    new Promise<unknown>((resolve, reject) => {
      const {signal, timeoutMs, waitForReady = true} = options;
      if (closing.signal.aborted) {
        reject(
          new DevnetError('DEVNET_CALL', {method, status: 'CANCELLED', text: 'client closed'}),
        );
        return;
      }
      const metadata = new Metadata({waitForReady});
      for (const [key, value] of Object.entries(options.metadata ?? {})) metadata.set(key, value);
      const deadline = timeoutMs === undefined ? {} : {deadline: Date.now() + timeoutMs};
      const cancel = (): void => call.cancel();
      const call = client.makeUnaryRequest(
        shape.path,
        shape.requestSerialize,
        shape.responseDeserialize,
        request,
        metadata,
        deadline,
        (error, response) => {
          signal?.removeEventListener('abort', cancel);
          closing.signal.removeEventListener('abort', cancel);
          if (error === null) resolve(response);
          else reject(toDevnetError(method, error));
        },
      );
      signal?.addEventListener('abort', cancel, {once: true});
      closing.signal.addEventListener('abort', cancel, {once: true});
      if (signal?.aborted === true) cancel();
    });
  return {
    call: (method, request, options = {}) => invoke(definitionOf(method), method, request, options),
    async callRaw(method, request, options = {}) {
      const raw = {
        path: definitionOf(method).path,
        requestSerialize: identity as (value: unknown) => Buffer,
        responseDeserialize: (bytes: Buffer): unknown => bytes,
      };
      return (await invoke(raw, method, request, options)) as Uint8Array;
    },
    close() {
      closing.abort();
      client.close();
    },
  };
}
