type Budget = {tokens: number; filledAtMs: bigint};

export type PeerBudgetInit = {
  readonly tokensPerSecond: number;
  /** The most that a peer can have saved. */
  readonly burst: number;
  /** Peers remembered; the one unseen for longest starts anew. */
  readonly maxPeers: number;
};

/** A token bucket per peer: what one may cost us, however many there are. */
export class PeerBudget {
  readonly #init: PeerBudgetInit;
  /** By peer; a map iterates in insertion order, so the first is unseen for longest. */
  readonly #budgets = new Map<string, Budget>();

  constructor(init: PeerBudgetInit) {
    this.#init = init;
  }

  /** Spends up to `wanted` tokens of a peer. @returns how many it had. */
  spend(peer: string, wanted: number, nowMs: bigint): number {
    const {tokensPerSecond, burst, maxPeers} = this.#init;
    const budget = this.#budgets.get(peer) ?? {tokens: burst, filledAtMs: nowMs};
    this.#budgets.delete(peer);
    this.#budgets.set(peer, budget);
    const elapsedMs = Number(nowMs - budget.filledAtMs);
    budget.tokens = Math.min(
      burst,
      budget.tokens + (Math.max(0, elapsedMs) * tokensPerSecond) / 1000,
    );
    budget.filledAtMs = nowMs;
    const spent = Math.min(wanted, Math.floor(budget.tokens));
    budget.tokens -= spent;
    if (this.#budgets.size > maxPeers) {
      for (const oldest of this.#budgets.keys()) {
        this.#budgets.delete(oldest);
        break;
      }
    }
    return spent;
  }
}
