import {once} from 'node:events';
import type {Socket} from 'node:net';
import {decode} from '../../protocol/codec.ts';
import {fromGoTime, GoTime} from './go-time.ts';
import {SERVICES} from './host-definitions.ts';
import {type LoopbackServer, startLoopbackServer} from './loopback-server.ts';
import {createMutex} from './mutex.ts';
import {addUnaryService} from './unary-service.ts';

/** `io.reader.ErrorCode` and `net.conn.ErrorCode`. */
const EOF = {errorCode: 1, message: 'EOF'};
const TIMED_OUT = {errorCode: 2, message: 'i/o timeout'};
const LARGEST_READ = 1_048_576;
/** What a buffered writer holds back: nobody can flush it. */
const WRITER_BUFFER = 4096;

/** What a timer can wait for, 24 days: no connection lasts as long. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

type Read = {readonly length: number};
type Payload = {readonly payload: Uint8Array};
type DeadlineRequest = {readonly time: Uint8Array};

/** Until when one direction of a connection waits; it may be moved while somebody waits. */
class Deadline {
  #passed = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  /** Aborts when the deadline passes that is set by then. */
  get signal(): AbortSignal {
    return this.#passed.signal;
  }

  /** @param unixMs undefined for none */
  set(unixMs: bigint | undefined): void {
    clearTimeout(this.#timer);
    if (this.#passed.signal.aborted) this.#passed = new AbortController();
    if (unixMs === undefined) return;
    const leftMs = Number(unixMs) - Date.now();
    if (leftMs <= 0) this.#passed.abort();
    else if (leftMs <= LONGEST_TIMER_MS) {
      this.#timer = setTimeout(() => this.#passed.abort(), leftMs).unref();
    }
  }
}

type Taken = Uint8Array | 'end' | 'timeout';

/** At most so many bytes, waiting for the first. */
async function take(socket: Socket, length: number, deadline: AbortSignal): Promise<Taken> {
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, deadline]);
  const over = ['end', 'close', 'error'].map((name) => once(socket, name, {signal}));
  try {
    for (;;) {
      if (deadline.aborted) return 'timeout';
      const available = Math.min(length, LARGEST_READ, socket.readableLength);
      const chunk = available > 0 ? (socket.read(available) as Uint8Array | null) : null;
      if (chunk !== null) return chunk;
      if (socket.readableEnded || socket.destroyed) return 'end';
      // Asking for nothing makes the stream fetch more, and end when there is no more.
      socket.read(0);
      await Promise.race([once(socket, 'readable', {signal}), ...over]);
    }
  } catch {
    return deadline.aborted ? 'timeout' : 'end';
  } finally {
    abort.abort();
    for (const promise of over) promise.catch(() => undefined);
  }
}

/** Resolves when the kernel has taken the bytes: a client that reads nothing is felt by the plugin. */
function give(socket: Socket, payload: Uint8Array, deadline?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onPassed = (): void => reject(new Error(TIMED_OUT.message));
    if (deadline?.aborted) return onPassed();
    deadline?.addEventListener('abort', onPassed, {once: true});
    socket.write(payload, (error) => {
      deadline?.removeEventListener('abort', onPassed);
      if (error) reject(error);
      else resolve();
    });
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
 * a buffered reader and writer on the same socket. Deadlines are those of the socket, as in Go.
 */
export function lendConnection(socket: Socket): Promise<LoopbackServer> {
  const oneReader = createMutex();
  const [reading, writing] = [new Deadline(), new Deadline()];
  const setter =
    (...deadlines: readonly Deadline[]) =>
    ({time}: DeadlineRequest): object => {
      const atMs = fromGoTime(decode(GoTime, time));
      for (const deadline of deadlines) deadline.set(atMs);
      return {};
    };
  const read = ({length}: Read): Promise<object> =>
    oneReader(async () => {
      const taken = await take(socket, length, reading.signal);
      if (taken === 'end') return {read: new Uint8Array(), error: EOF};
      return taken === 'timeout' ? {read: new Uint8Array(), error: TIMED_OUT} : {read: taken};
    });
  return startLoopbackServer((grpc) => {
    addUnaryService(grpc, SERVICES.connection, {
      Read: read,
      async Write({payload}: Payload) {
        await give(socket, payload, writing.signal);
        return {length: payload.length};
      },
      Close() {
        socket.destroySoon();
        return {};
      },
      SetDeadline: setter(reading, writing),
      SetReadDeadline: setter(reading),
      SetWriteDeadline: setter(writing),
    });
    addUnaryService(grpc, SERVICES.reader, {Read: read});
    addUnaryService(grpc, SERVICES.writer, {Write: bufferedWriter(socket)});
  });
}
