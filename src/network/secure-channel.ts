import {noise} from '@chainsafe/libp2p-noise';
import {defaultCrypto} from '@chainsafe/libp2p-noise/crypto';
import type {ConnectionEncrypter, MessageStream, SecuredConnection} from '@libp2p/interface';
import {openTransport, sealTransport} from '../crypto/transport-cipher.ts';

type CreateNoise = ReturnType<typeof noise>;

const CRYPTO: typeof defaultCrypto = {
  ...defaultCrypto,
  chaCha20Poly1305Encrypt: (plaintext, nonce, associatedData, key) =>
    sealTransport({key, nonce, associatedData}, plaintext.subarray()),
  chaCha20Poly1305Decrypt: (sealed, nonce, associatedData, key) =>
    openTransport({key, nonce, associatedData}, sealed.subarray()),
};

/** What is sent in pieces goes out in one. */
function joinWrites(stream: MessageStream): MessageStream {
  const send = stream.send.bind(stream);
  stream.send = (data) => send(data.subarray());
  return stream;
}

type Arrived = {readonly byteLength: number; getUint16(at: number): number};
type LengthDecoder = (arrived: Arrived) => number;

/** Noise's message stream, as far as it is none of libp2p's interface. */
type NoiseStream = MessageStream & {readonly decoder: {lengthDecoder: LengthDecoder}};

const isNoiseStream = (stream: MessageStream): stream is NoiseStream =>
  'decoder' in stream &&
  typeof stream.decoder === 'object' &&
  stream.decoder !== null &&
  'lengthDecoder' in stream.decoder;

/** Noise's longest message (Noise specification, revision 34, §3): two bytes hold its length. */
const MAX_MESSAGE_BYTES = 65_535;

/** Fewer bytes than a length needs have not brought the message either, however short it is. */
const decodeLength: LengthDecoder = (arrived) =>
  arrived.byteLength < 2 ? MAX_MESSAGE_BYTES : arrived.getUint16(0);

/** PERF: Noise ends each read by an error with a stack, which costs as much as to decrypt it. */
async function withQuietDecoder<T extends SecuredConnection>(securing: Promise<T>): Promise<T> {
  const secured = await securing;
  if (isNoiseStream(secured.connection)) secured.connection.decoder.lengthDecoder = decodeLength;
  return secured;
}

/**
 * Noise with ciphers that keep their keys, over connections that send each of its messages at once.
 * PERF: Noise hands a message over as length and text, and TCP makes each piece a system call, a
 * packet and a wake-up of the other side.
 */
export function secureChannel(): (...args: Parameters<CreateNoise>) => ConnectionEncrypter {
  const create = noise({crypto: CRYPTO});
  return (components) => {
    const encrypter = create(components);
    return {
      protocol: encrypter.protocol,
      secureOutbound: (connection, options) =>
        withQuietDecoder(encrypter.secureOutbound(joinWrites(connection), options)),
      secureInbound: (connection, options) =>
        withQuietDecoder(encrypter.secureInbound(joinWrites(connection), options)),
    };
  };
}
