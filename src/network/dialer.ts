import type {Connection, Libp2p, Stream} from '@libp2p/interface';
import type {Multiaddr} from '@multiformats/multiaddr';
import {parseAddress} from './addresses.ts';
import {NetworkError} from './errors.ts';
import type {NetworkLimits} from './limits.ts';
import type {Peer} from './overlay.ts';

/** The peer's addresses, each with its identity: a connection to anybody else is refused. */
function targetsOf({peerId, addresses}: Peer): Multiaddr[] {
  if (addresses.length === 0)
    throw new NetworkError('NETWORK_UNREACHABLE', {peerId, problem: 'no address'});
  return addresses.map((address) => parseAddress(`${address}/p2p/${peerId}`));
}

function toNetworkError(error: unknown, peerId: string): NetworkError {
  if (error instanceof NetworkError) return error;
  const reason = error instanceof Error ? error.name : 'unknown';
  const isOther = reason === 'UnsupportedProtocolError';
  const code = isOther ? 'NETWORK_WRONG_PROTOCOL' : 'NETWORK_UNREACHABLE';
  return new NetworkError(code, {peerId, reason}, {cause: error});
}

export type Dialer = {
  /** @throws NetworkError NETWORK_UNREACHABLE, _WRONG_PROTOCOL, _TIMEOUT, _BAD_ADDRESS */
  open(peer: Peer, protocol: string, signal: AbortSignal): Promise<Stream>;
};

/** Streams over connections that are there, or are made. */
export function createDialer(libp2p: Libp2p, limits: NetworkLimits): Dialer {
  const connect = (peer: Peer, signal: AbortSignal): Promise<Connection> | Connection => {
    const [open] = libp2p
      .getConnections()
      .filter(({remotePeer, status}) => status === 'open' && remotePeer.toString() === peer.peerId);
    return open ?? libp2p.dial(targetsOf(peer), {signal});
  };
  return {
    async open(peer, protocol, signal) {
      try {
        const connection = await connect(peer, signal);
        return await connection.newStream(protocol, {
          signal,
          maxOutboundStreams: limits.streamsPerPeer,
        });
      } catch (error) {
        signal.throwIfAborted();
        throw toNetworkError(error, peer.peerId);
      }
    },
  };
}
