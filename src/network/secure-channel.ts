import {noise} from '@chainsafe/libp2p-noise';
import {defaultCrypto} from '@chainsafe/libp2p-noise/crypto';
import type {ConnectionEncrypter, MessageStream} from '@libp2p/interface';
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
        encrypter.secureOutbound(joinWrites(connection), options),
      secureInbound: (connection, options) =>
        encrypter.secureInbound(joinWrites(connection), options),
    };
  };
}
