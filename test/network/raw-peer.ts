import {randomBytes} from 'node:crypto';
import type {Libp2p, Stream} from '@libp2p/interface';
import {multiaddr} from '@multiformats/multiaddr';
import {createClientLibp2p} from '../../src/network/create-libp2p.ts';
import {DEFAULT_LIMITS} from '../../src/network/limits.ts';
import type {Overlay} from '../../src/network/overlay.ts';
import {transportKey} from '../../src/network/peer-identity.ts';
import {protocolId} from '../../src/network/request-protocol.ts';
import {concatBytes} from '../../src/protocol/bytes.ts';
import {type Codec, encode} from '../../src/protocol/codec.ts';
import {Frame} from '../../src/protocol/overlay/frame.ts';
import {bootstrapOf, CHAIN} from './network.ts';

/** Length and value, as any honest peer writes them. */
export function framed<T>(codec: Codec<T>, value: T): Uint8Array {
  const bytes = encode(codec, value);
  const {length} = bytes;
  const prefix = [(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14];
  return concatBytes(Uint8Array.from(prefix), bytes);
}

export const requestFrame = (id: number, body: Uint8Array): Uint8Array =>
  framed(Frame, {type: 'request', value: {id, body}});

/** A libp2p peer that follows no rule but libp2p's. */
export class RawPeer {
  readonly libp2p: Libp2p;

  private constructor(libp2p: Libp2p) {
    this.libp2p = libp2p;
  }

  static async start(seed: Uint8Array = new Uint8Array(randomBytes(32))): Promise<RawPeer> {
    const libp2p = await createClientLibp2p(await transportKey(seed), DEFAULT_LIMITS);
    await libp2p.start();
    return new RawPeer(libp2p);
  }

  open(overlay: Overlay, name: string, maxOutboundStreams = 1000): Promise<Stream> {
    const address = multiaddr(bootstrapOf(overlay));
    return this.libp2p.dialProtocol(address, protocolId(CHAIN.chainId, name), {
      maxOutboundStreams,
    });
  }
}

/** Resolves when the other side has ended the stream. */
export async function closed(stream: Stream): Promise<void> {
  if (stream.status !== 'open') return;
  await new Promise<void>((resolve) => stream.addEventListener('close', () => resolve()));
}
