import type {MessageStream, StreamMuxerFactory} from '@libp2p/interface';
import {yamux} from '@libp2p/yamux';
import {concatBytes} from '../protocol/bytes.ts';

/** Yamux: version 0, type, flags u16, stream u32, length u32. */
const HEADER_BYTES = 12;
const WINDOW_UPDATE = 1;
const FIN_OR_RST = 0b1100;
/** Half of the smallest window: the other side can always go on with the rest of it. */
const MOST_HELD_BYTES = 131_072;

/** Window updates of one connection that wait for something to go with. */
class HeldUpdates {
  readonly #bytes = new Map<number, number>();
  #isDue = false;

  /** Whether one of them cannot wait any longer. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** Takes the frame when it is an update and nothing else. A stream that ends needs none. */
  take(frame: Uint8Array): boolean {
    const header = new DataView(frame.buffer, frame.byteOffset, HEADER_BYTES);
    const [type, flags, id] = [header.getUint8(1), header.getUint16(2), header.getUint32(4)];
    if ((flags & FIN_OR_RST) !== 0) this.#bytes.delete(id);
    if (type !== WINDOW_UPDATE || flags !== 0) return false;
    const bytes = (this.#bytes.get(id) ?? 0) + header.getUint32(8);
    this.#bytes.set(id, bytes);
    this.#isDue ||= bytes >= MOST_HELD_BYTES;
    return true;
  }

  /** All of them as frames; none is held then. */
  release(): Uint8Array[] {
    const frames = [...this.#bytes].map(([id, bytes]) => {
      const frame = new Uint8Array(HEADER_BYTES);
      const header = new DataView(frame.buffer);
      header.setUint8(1, WINDOW_UPDATE);
      header.setUint32(4, id);
      header.setUint32(8, bytes);
      return frame;
    });
    this.#bytes.clear();
    this.#isDue = false;
    return frames;
  }
}

function holdUpdates(stream: MessageStream): MessageStream {
  const held = new HeldUpdates();
  const send = stream.send.bind(stream);
  // The muxer sends frame by frame.
  stream.send = (data) => {
    const frame = data.subarray();
    const isTaken = held.take(frame);
    if (isTaken && !held.isDue) return !stream.writableNeedsDrain;
    const updates = held.release();
    if (updates.length === 0) return send(frame);
    return send(concatBytes(...updates, ...(isTaken ? [] : [frame])));
  };
  return stream;
}

/**
 * Yamux whose window updates go with the next frame, or once half a window is used. PERF: it sends one
 * for every frame that it gets, which doubles the messages of a request and its answer.
 */
export function leanMuxer(init: Parameters<typeof yamux>[0]): () => StreamMuxerFactory {
  const create = yamux(init);
  return () => {
    const factory = create();
    return {
      protocol: factory.protocol,
      createStreamMuxer: (connection) => factory.createStreamMuxer(holdUpdates(connection)),
    };
  };
}
