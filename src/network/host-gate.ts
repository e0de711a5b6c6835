import type {Connection, ConnectionGater, MultiaddrConnection} from '@libp2p/interface';
import type {Multiaddr} from '@multiformats/multiaddr';

const hostOf = (address: Multiaddr): string | undefined => address.getComponents()[0]?.value;

/** Refuses connections of a host that has its share already: one alone cannot take all places. */
export class HostGate implements ConnectionGater {
  readonly #mostPerHost: number;
  #connections: () => readonly Connection[] = () => [];

  constructor(mostPerHost: number) {
    this.#mostPerHost = mostPerHost;
  }

  /** Says where the connections are seen that there are. */
  watch(connections: () => readonly Connection[]): void {
    this.#connections = connections;
  }

  denyInboundConnection = ({remoteAddr}: MultiaddrConnection): boolean => {
    const host = hostOf(remoteAddr);
    let held = 0;
    for (const connection of this.#connections()) {
      if (connection.direction === 'inbound' && hostOf(connection.remoteAddr) === host) held += 1;
    }
    return held >= this.#mostPerHost;
  };
}
