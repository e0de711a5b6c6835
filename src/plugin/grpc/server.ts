import {once} from 'node:events';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import {Server, ServerCredentials} from '@grpc/grpc-js';

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

/** Told about each connection: a node without any may be gone. */
export type ConnectionWatcher = {connectionOpened(): void; connectionClosed(): void};

export type LoopbackServer = {
  /** 127.0.0.1:port */
  readonly address: string;
  /** Closes the listener and every connection. */
  close(): void;
};

const NOBODY: ConnectionWatcher = {
  connectionOpened: () => undefined,
  connectionClosed: () => undefined,
};

/**
 * A gRPC server on a free port of 127.0.0.1. It accepts connections when this resolves; what comes in
 * is read when the services are registered, which may take longer than the node's patience for the
 * handshake. The TCP side is our own, because grpc-js does not tell when a connection ends.
 */
export async function startLoopbackServer(
  register: (server: Server) => void | Promise<void>,
  watcher: ConnectionWatcher = NOBODY,
): Promise<LoopbackServer> {
  const server = new Server(SERVER_OPTIONS);
  liftResetLimits(server);
  const registered = Promise.resolve(register(server));
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const serve = async (socket: Socket): Promise<void> => {
    await registered;
    if (!socket.destroyed) injector.injectConnection(socket);
  };
  const listener = createServer({noDelay: true}, (socket) => {
    sockets.add(socket);
    watcher.connectionOpened();
    socket.once('close', () => {
      sockets.delete(socket);
      watcher.connectionClosed();
    });
    // A node that is gone before it is served: its close is all there is to know.
    socket.on('error', () => undefined);
    serve(socket).catch(() => socket.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const {address, port} = listener.address() as AddressInfo;
  return {
    address: `${address}:${port}`,
    close() {
      listener.close();
      injector.destroy();
      server.forceShutdown();
      for (const socket of sockets) socket.destroy();
    },
  };
}
