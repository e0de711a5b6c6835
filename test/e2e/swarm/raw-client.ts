import {createClientOverlay} from '../../../src/network/create-client-overlay.ts';
import {decodeAnswer} from '../../../src/network/decode-answer.ts';
import type {Caller, CallOptions, Overlay, Peer} from '../../../src/network/overlay.ts';
import {CLIENT_PROTOCOL} from '../../../src/network/protocols.ts';
import {type Codec, encode} from '../../../src/protocol/codec.ts';
import {InvariantError} from '../../../src/protocol/errors.ts';
import {ClientAnswer, ClientRequest} from '../../../src/protocol/overlay/client-protocol.ts';
import type {OneSwarm} from './one-swarm.ts';

/** Whatever bytes, as they are: what a client sends that keeps to no format. */
const AnyBytes: Codec<Uint8Array> = {
  name: 'AnyBytes',
  maxSize: ClientRequest.maxSize * 2,
  read: (from) => from.bytes(from.remaining),
  write: (to, value) => to.bytes(value),
};

type Answer<T extends ClientAnswer['type']> = Extract<ClientAnswer, {readonly type: T}>['value'];

/** A client that asks the member it is told to, once, with the bytes it is told to send. */
export class RawClient implements AsyncDisposable {
  readonly #swarm: OneSwarm;
  readonly #overlay: Overlay;
  readonly #caller: Caller<Uint8Array, Uint8Array>;

  private constructor(swarm: OneSwarm, overlay: Overlay) {
    this.#swarm = swarm;
    this.#overlay = overlay;
    this.#caller = overlay.caller({...CLIENT_PROTOCOL, request: AnyBytes, answer: AnyBytes});
  }

  static async open(swarm: OneSwarm): Promise<RawClient> {
    const overlay = await createClientOverlay({
      chain: swarm.chain,
      transportSeed: crypto.getRandomValues(new Uint8Array(32)),
      ports: {nowMs: Date.now, onError: () => undefined},
    });
    return new RawClient(swarm, overlay);
  }

  /** The answer's bytes. @throws NetworkError, RemoteError with the member's code */
  async send(at: number, bytes: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    return this.#caller.request(await this.#swarm.peerOf(at), bytes, options);
  }

  async ask<T extends ClientAnswer['type']>(
    at: number,
    request: Extract<ClientRequest, {readonly type: T}>,
    options: CallOptions = {},
  ): Promise<Answer<T>> {
    const peer: Peer = await this.#swarm.peerOf(at);
    const bytes = encode(ClientRequest, request as ClientRequest);
    const answer = await this.#caller.request(peer, bytes, options);
    const {type, value} = decodeAnswer(ClientAnswer, answer, peer.peerId);
    if (type !== request.type) throw new InvariantError('an answer to something else', {type});
    return value as Answer<T>;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#overlay.stop();
  }
}
