import {once} from 'node:events';
import net, {type AddressInfo, type ListenOptions, type Socket} from 'node:net';

/** Told about each connection: a node without any may be gone. */
export type ConnectionWatcher = {connectionOpened(): void; connectionClosed(): void};

export type Listener = {
  /** 127.0.0.1:port */
  readonly address: string;
  /** Who gets the connections, those included that are there already. */
  serve(inject: (socket: Socket) => void): void;
  /** Closes the listener and every connection. */
  close(): void;
};

const NOBODY: ConnectionWatcher = {
  connectionOpened: () => undefined,
  connectionClosed: () => undefined,
};

const LOOPBACK = {host: '127.0.0.1', port: 0};

/**
 * Node checks an address that it resolves itself by a pattern that takes 5 ms to compile, and the node
 * waits. Before 24.19 there is no other way.
 */
function freePort(): ListenOptions {
  return typeof net.BoundSocket === 'function' ? {handle: new net.BoundSocket(LOOPBACK)} : LOOPBACK;
}

/**
 * A free port of 127.0.0.1. It accepts connections when this resolves; what comes in waits for
 * `serve`, because to load a gRPC server may take longer than the node's patience for the handshake.
 * The TCP side is our own also because grpc-js does not tell when a connection ends.
 */
export async function openListener(watcher: ConnectionWatcher = NOBODY): Promise<Listener> {
  const sockets = new Set<Socket>();
  let inject: ((socket: Socket) => void) | undefined;
  const listener = net.createServer({noDelay: true}, (socket) => {
    sockets.add(socket);
    watcher.connectionOpened();
    socket.once('close', () => {
      sockets.delete(socket);
      watcher.connectionClosed();
    });
    // A node that is gone before it is served: its close is all there is to know.
    socket.on('error', () => undefined);
    inject?.(socket);
  });
  listener.listen(freePort());
  await once(listener, 'listening');
  const {address, port} = listener.address() as AddressInfo;
  return {
    address: `${address}:${port}`,
    serve(next) {
      inject = next;
      for (const socket of sockets) if (!socket.destroyed) next(socket);
    },
    close() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
