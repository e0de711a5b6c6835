import {once} from 'node:events';
import type {Socket} from 'node:net';
import {SERVICES} from './host-definitions.ts';
import {type LoopbackServer, startLoopbackServer} from './loopback-server.ts';
import {createMutex} from './mutex.ts';
import {addUnaryService} from './unary-service.ts';

/** `io.reader.ErrorCode` and `net.conn.ErrorCode`. */
const EOF = {errorCode: 1, message: 'EOF'};
const LARGEST_READ = 1_048_576;
/** What a buffered writer holds back: nobody can flush it. */
const WRITER_BUFFER = 4096;

type Read = {readonly length: number};
type Payload = {readonly payload: Uint8Array};

/** At most so many bytes, waiting for the first; undefined at the end. */
async function take(socket: Socket, length: number): Promise<Uint8Array | undefined> {
  const abort = new AbortController();
  const over = ['end', 'close', 'error'].map((name) => once(socket, name, {signal: abort.signal}));
  try {
    for (;;) {
      const available = Math.min(length, LARGEST_READ, socket.readableLength);
      const chunk = available > 0 ? (socket.read(available) as Uint8Array | null) : null;
      if (chunk !== null) return chunk;
      if (socket.readableEnded || socket.destroyed) return undefined;
      // Asking for nothing makes the stream fetch more, and end when there is no more.
      socket.read(0);
      await Promise.race([once(socket, 'readable', {signal: abort.signal}), ...over]);
    }
  } catch {
    return undefined;
  } finally {
    abort.abort();
    for (const promise of over) promise.catch(() => undefined);
  }
}

/** Resolves when the kernel has taken the bytes: a client that reads nothing is felt by the plugin. */
function give(socket: Socket, payload: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(payload, (error) => (error ? reject(error) : resolve()));
  });
}

/** Writes that land in a buffer of 4 KiB, as behind Go's bufio. */
function bufferedWriter(socket: Socket) {
  let held: Uint8Array[] = [];
  let size = 0;
  return async ({payload}: Payload): Promise<object> => {
    held.push(payload);
    size += payload.length;
    if (size > WRITER_BUFFER) {
      const bytes = Buffer.concat(held);
      held = [];
      size = 0;
      await give(socket, bytes);
    }
    return {written: payload.length};
  };
}

/**
 * A client's connection that the plugin has taken over: a server of its own with `net.conn.Conn`, and
 * a buffered reader and writer on the same socket. Deadlines are not served: the plugin sets none.
 */
export function lendConnection(socket: Socket): Promise<LoopbackServer> {
  const oneReader = createMutex();
  const read = ({length}: Read): Promise<object> =>
    oneReader(async () => {
      const bytes = await take(socket, length);
      return bytes === undefined ? {read: new Uint8Array(), error: EOF} : {read: bytes};
    });
  return startLoopbackServer((grpc) => {
    const {Read, Write, Close} = SERVICES.connection;
    if (Read === undefined || Write === undefined || Close === undefined) return;
    addUnaryService(
      grpc,
      {Read, Write, Close},
      {
        Read: read,
        async Write({payload}: Payload) {
          await give(socket, payload);
          return {length: payload.length};
        },
        Close() {
          socket.destroySoon();
          return {};
        },
      },
    );
    addUnaryService(grpc, SERVICES.reader, {Read: read});
    addUnaryService(grpc, SERVICES.writer, {Write: bufferedWriter(socket)});
  });
}
