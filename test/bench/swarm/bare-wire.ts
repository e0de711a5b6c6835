import type {Socket} from 'node:net';
import {concatBytes} from '../../../src/protocol/bytes.ts';

const HEADER_BYTES = 8;

const numbers = (...values: readonly number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value);
  return new Uint8Array(view.buffer);
};

type Take = (id: number, body: Uint8Array) => void;

/** Numbered messages over a socket, each with its length before it; those of one turn leave together. */
export function overSocket(socket: Socket, take: Take): Take {
  let rest: Uint8Array = new Uint8Array();
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (piece: Uint8Array) => {
    let bytes = rest.length === 0 ? piece : concatBytes(rest, piece);
    while (bytes.length >= HEADER_BYTES) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const end = HEADER_BYTES + view.getUint32(0);
      if (bytes.length < end) break;
      take(view.getUint32(4), bytes.subarray(HEADER_BYTES, end));
      bytes = bytes.subarray(end);
    }
    rest = bytes;
  });
  let batch: Uint8Array[] = [];
  return (id, body) => {
    if (batch.length === 0) {
      setImmediate(() => {
        socket.write(concatBytes(...batch));
        batch = [];
      });
    }
    batch.push(numbers(body.length, id), body);
  };
}

/** Asks over a socket, any number at a time. */
export function callOver(socket: Socket): (body: Uint8Array) => Promise<Uint8Array> {
  const waiting = new Map<number, (answer: Uint8Array) => void>();
  const send = overSocket(socket, (id, answer) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  let last = 0;
  return (body) =>
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      send(last, body);
    });
}

/** First byte of a request. */
export const OP = {write: 0, store: 1, signedStore: 2, page: 3, peers: 4} as const;
