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
  const existing = ({peerId}: Peer): Connection | undefined =>
    libp2p
      .getConnections()
      .find(({remotePeer, status}) => status === 'open' && remotePeer.toString() === peerId);

  const openOn = (connection: Connection, protocol: string, signal: AbortSignal): Promise<Stream> =>
    connection.newStream(protocol, {signal, maxOutboundStreams: limits.streamsPerPeer});

  /** undefined without a connection, and for one that only looks open: the peer has left it. */
  async function openOnExisting(
    peer: Peer,
    protocol: string,
    signal: AbortSignal,
  ): Promise<Stream | undefined> {
    const connection = existing(peer);
    if (connection === undefined) return undefined;
    try {
      return await openOn(connection, protocol, signal);
    } catch (error) {
      const isLeft = error instanceof Error && error.name === 'ConnectionClosedError';
      if (!isLeft) throw error;
      connection.abort(error);
      return undefined;
    }
  }

  return {
    async open(peer, protocol, signal) {
      try {
        const stream = await openOnExisting(peer, protocol, signal);
        if (stream !== undefined) return stream;
        return await openOn(await libp2p.dial(targetsOf(peer), {signal}), protocol, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw toNetworkError(error, peer.peerId);
      }
    },
  };
}
