import type {ConnectionGater, MultiaddrConnection} from '@libp2p/interface';
import {hostOf} from './host-of.ts';

/**
 * Refuses connections of a host that has its share already: one alone cannot take all places. Each counts
 * from its first byte to its end, as handshakes can be held back until many are there.
 */
export class HostGate implements ConnectionGater {
  readonly #mostPerHost: number;
  readonly #held = new Map<string, number>();

  constructor(mostPerHost: number) {
    this.#mostPerHost = mostPerHost;
  }

  denyInboundConnection = (connection: MultiaddrConnection): boolean => {
    const host = hostOf(connection.remoteAddr);
    const held = this.#held.get(host) ?? 0;
    // One that has ended already says so no more.
    if (held >= this.#mostPerHost || connection.status !== 'open') return true;
    this.#held.set(host, held + 1);
    connection.addEventListener('close', () => this.#release(host), {once: true});
    return false;
  };

  #release(host: string): void {
    const held = (this.#held.get(host) ?? 0) - 1;
    if (held > 0) this.#held.set(host, held);
    else this.#held.delete(host);
  }
}
