import {type Multiaddr, multiaddr} from '@multiformats/multiaddr';
import {NetworkError} from './errors.ts';
import type {Peer} from './overlay.ts';

const P2P = '/p2p/';
const MAX_ADDRESS_LENGTH = 512;

/**
 * Reads an address in text form.
 * @throws NetworkError NETWORK_BAD_ADDRESS
 */
export function parseAddress(text: string): Multiaddr {
  try {
    if (text.length > MAX_ADDRESS_LENGTH) throw new RangeError('too long');
    return multiaddr(text);
  } catch (cause) {
    throw new NetworkError('NETWORK_BAD_ADDRESS', {address: text.slice(0, 128)}, {cause});
  }
}

/**
 * `/ip4/…/tcp/…/p2p/<peer id>` as an operator writes it.
 * @throws NetworkError NETWORK_BAD_ADDRESS for other text, and without a peer id at its end.
 */
export function parsePeerAddress(text: string): Peer {
  parseAddress(text);
  const at = text.indexOf(P2P);
  const peerId = text.slice(at + P2P.length);
  if (at <= 0 || peerId === '' || peerId.includes('/')) {
    throw new NetworkError('NETWORK_BAD_ADDRESS', {
      address: text.slice(0, 128),
      expected: '/ip4/<address>/tcp/<port>/p2p/<peer id>',
    });
  }
  return {peerId, addresses: [text.slice(0, at)]};
}

/** Whether a record may name it: one TCP end point, no relay and no identity of its own. */
export function isPlainAddress(text: string): boolean {
  try {
    const names = parseAddress(text)
      .getComponents()
      .map(({name}) => name);
    const [host, tcp, ...rest] = names;
    const isHost = host === 'ip4' || host === 'ip6' || host === 'dns4' || host === 'dns6';
    return isHost && tcp === 'tcp' && rest.length === 0;
  } catch (error) {
    if (error instanceof NetworkError) return false;
    throw error;
  }
}
