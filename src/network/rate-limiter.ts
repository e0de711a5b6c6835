import type {NetworkLimits} from './limits.ts';

/** Peers that are remembered; the one not seen longest is forgotten and starts with a full bucket. */
const MAX_PEERS = 4096;

type Bucket = {tokens: number; atMs: number; isMember: boolean};

type Rates = Pick<
  NetworkLimits,
  'rateBurst' | 'ratePerSecond' | 'memberRateBurst' | 'memberRatePerSecond'
>;

/** A token bucket for each remote peer, over all its streams and protocols. */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();
  readonly #rates: Rates;
  readonly #nowMs: () => number;

  constructor(rates: Rates, nowMs: () => number) {
    this.#rates = rates;
    this.#nowMs = nowMs;
  }

  /** Takes one token: 0, or in how many ms there is one again. */
  spend(peerId: string): number {
    const bucket = this.#bucketOf(peerId);
    if (bucket.tokens < 1) {
      return Math.ceil(((1 - bucket.tokens) * 1000) / this.#perSecond(bucket));
    }
    bucket.tokens -= 1;
    return 0;
  }

  /** The peer proved to be a registered node: from here on it may ask more. */
  promote(peerId: string): void {
    const bucket = this.#bucketOf(peerId);
    if (bucket.isMember) return;
    bucket.isMember = true;
    bucket.tokens = this.#rates.memberRateBurst;
  }

  #perSecond({isMember}: Bucket): number {
    return isMember ? this.#rates.memberRatePerSecond : this.#rates.ratePerSecond;
  }

  #bucketOf(peerId: string): Bucket {
    const nowMs = this.#nowMs();
    const bucket = this.#buckets.get(peerId) ?? {
      tokens: this.#rates.rateBurst,
      atMs: nowMs,
      isMember: false,
    };
    const burst = bucket.isMember ? this.#rates.memberRateBurst : this.#rates.rateBurst;
    const gained = (Math.max(0, nowMs - bucket.atMs) * this.#perSecond(bucket)) / 1000;
    bucket.tokens = Math.min(burst, bucket.tokens + gained);
    bucket.atMs = nowMs;
    // Last in the map's order: seen last.
    this.#buckets.delete(peerId);
    this.#buckets.set(peerId, bucket);
    if (this.#buckets.size > MAX_PEERS) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
