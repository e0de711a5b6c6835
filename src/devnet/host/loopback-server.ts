import {once} from 'node:events';
import {createServer, type Socket} from 'node:net';
import {Server, ServerCredentials} from '@grpc/grpc-js';

/** A gRPC server of this host: its address, and its connections one by one. */
export type LoopbackServer = {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** TCP connections that are open now. */
  connections(): number;
  /** TCP connections ever accepted. */
  accepted(): number;
  /** Breaks every open connection at once; the server goes on listening. */
  cutConnections(): void;
  /** No new connections; open calls are answered first. */
  stopGracefully(): Promise<void>;
  /** No new connections, open ones broken. */
  stop(): Promise<void>;
};

/** Nothing is too large: the hosts lift gRPC's message limits in both directions. */
const SERVER_OPTIONS = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.keepalive_time_ms': 7_200_000,
  'grpc.keepalive_timeout_ms': 20_000,
} as const;

/**
 * Listens on a free port of 127.0.0.1. The TCP side is our own, so that a test can count and cut
 * connections, which grpc-js hides.
 */
export async function startLoopbackServer(
  register: (server: Server) => void,
): Promise<LoopbackServer> {
  const server = new Server(SERVER_OPTIONS);
  register(server);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  let accepted = 0;
  const listener = createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => sockets.delete(socket));
    injector.injectConnection(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const bound = listener.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
  const closeListener = async (): Promise<void> => {
    if (!listener.listening) return;
    listener.close();
  };
  const cutConnections = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `127.0.0.1:${port}`,
    connections: () => sockets.size,
    accepted: () => accepted,
    cutConnections,
    async stopGracefully() {
      await closeListener();
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      injector.destroy();
    },
    async stop() {
      await closeListener();
      cutConnections();
      injector.destroy();
      server.forceShutdown();
    },
  };
}
