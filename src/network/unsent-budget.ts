import type {NetworkLimits} from './limits.ts';

/** Bytes of answers that peers have not taken yet: of each, and of all. */
export class UnsentBudget {
  readonly #byPeer = new Map<string, number>();
  readonly #limits: Pick<NetworkLimits, 'unsentPerPeer' | 'unsentInAll'>;
  #inAll = 0;

  constructor(limits: Pick<NetworkLimits, 'unsentPerPeer' | 'unsentInAll'>) {
    this.#limits = limits;
  }

  /** False when so much waits already that this must not; else `release` the same number later. */
  reserve(peerId: string, bytes: number): boolean {
    const ofPeer = (this.#byPeer.get(peerId) ?? 0) + bytes;
    const {unsentPerPeer, unsentInAll} = this.#limits;
    if (ofPeer > unsentPerPeer || this.#inAll + bytes > unsentInAll) return false;
    this.#byPeer.set(peerId, ofPeer);
    this.#inAll += bytes;
    return true;
  }

  release(peerId: string, bytes: number): void {
    const ofPeer = (this.#byPeer.get(peerId) ?? 0) - bytes;
    if (ofPeer > 0) this.#byPeer.set(peerId, ofPeer);
    else this.#byPeer.delete(peerId);
    this.#inAll -= bytes;
  }
}
