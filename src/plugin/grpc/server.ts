import {Server, ServerCredentials} from '@grpc/grpc-js';
import {type Listener, openListener} from './listener.ts';

/** What the node expects of each server of ours. Host-protocol §2.1. */
const SERVER_OPTIONS = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.max_concurrent_streams': 0xffff_ffff,
  'grpc.keepalive_time_ms': 7_200_000,
  'grpc.keepalive_timeout_ms': 20_000,
};

/**
 * Node ends a connection after 1000 cancelled calls in a burst, a guard against strangers. The node
 * cancels WaitForEvent several times per block, and is no stranger; Go's servers have no such limit.
 */
const RESET_LIMITS = {streamResetBurst: 1_000_000, streamResetRate: 1_000_000};

/** grpc-js hands these to http2.createServer and has no option of its own for it. */
function liftResetLimits(server: Server): void {
  const {commonServerOptions} = server as unknown as {readonly commonServerOptions: object};
  Object.assign(commonServerOptions, RESET_LIMITS);
}

export type LoopbackServer = {
  /** 127.0.0.1:port */
  readonly address: string;
  /** Closes the listener and every connection. */
  close(): void;
};

/** Serves what `register` adds to all connections of the listener, those that wait included. */
export function serveGrpc(listener: Listener, register: (server: Server) => void): LoopbackServer {
  const server = new Server(SERVER_OPTIONS);
  liftResetLimits(server);
  register(server);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  listener.serve((socket) => injector.injectConnection(socket));
  return {
    address: listener.address,
    close() {
      listener.close();
      injector.destroy();
      server.forceShutdown();
    },
  };
}

/** A gRPC server on a free port of 127.0.0.1. */
export async function startLoopbackServer(
  register: (server: Server) => void,
): Promise<LoopbackServer> {
  return serveGrpc(await openListener(), register);
}
