import type {Connection, Libp2p} from '@libp2p/interface';
import {KEEP_ALIVE} from '@libp2p/interface';

export type ReaperInit = {
  readonly libp2p: Libp2p;
  /** A connection without streams is closed after one to two times this, in ms. */
  readonly idleMs: number;
  /** Connections that stay whatever they do: a service node's view of its network. */
  readonly keep: number;
  readonly onError: (where: string, error: unknown) => void;
};

/** Closes connections that nobody uses: libp2p itself keeps them until there are too many. */
export class ConnectionReaper {
  readonly #init: ReaperInit;
  readonly #timer: ReturnType<typeof setInterval>;
  #idleBefore = new Set<Connection>();

  constructor(init: ReaperInit) {
    this.#init = init;
    this.#timer = setInterval(() => {
      this.#reap().catch((error) => init.onError('network.reap', error));
    }, init.idleMs);
  }

  async #reap(): Promise<void> {
    const {libp2p, keep} = this.#init;
    const connections = libp2p.getConnections();
    const idle = connections.filter(({streams}) => streams.length === 0);
    const due = idle.filter((connection) => this.#idleBefore.has(connection));
    this.#idleBefore = new Set(idle);
    for (const connection of due.slice(0, Math.max(0, connections.length - keep))) {
      if (await this.#isKept(connection)) continue;
      // Closing one that is closing already rejects.
      await connection.close().catch(() => undefined);
    }
  }

  /** The DHT asks for its nearest peers to stay. */
  async #isKept({remotePeer}: Connection): Promise<boolean> {
    const {libp2p} = this.#init;
    if (!(await libp2p.peerStore.has(remotePeer))) return false;
    const {tags} = await libp2p.peerStore.get(remotePeer);
    return [...tags.keys()].some((tag) => tag.startsWith(KEEP_ALIVE));
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
