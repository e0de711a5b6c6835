export type ByteBudgetInit = {readonly perPeer: number; readonly inAll: number};

/** Bytes that wait for peers, or from them: of each, and of all. */
export class ByteBudget {
  readonly #byPeer = new Map<string, number>();
  readonly #init: ByteBudgetInit;
  #inAll = 0;

  constructor(init: ByteBudgetInit) {
    this.#init = init;
  }

  /** False when so much waits already that this must not; else `release` the same number later. */
  reserve(peerId: string, bytes: number): boolean {
    const ofPeer = (this.#byPeer.get(peerId) ?? 0) + bytes;
    const {perPeer, inAll} = this.#init;
    if (ofPeer > perPeer || this.#inAll + bytes > inAll) return false;
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
