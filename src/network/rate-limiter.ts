import type {NetworkLimits} from './limits.ts';
import {type Rate, TokenBucket} from './token-bucket.ts';

/** Peers that are remembered; the one not seen longest is forgotten and starts with a full bucket. */
const MAX_PEERS = 4096;

type Entry = {readonly bucket: TokenBucket; readonly isMember: boolean};

type Rates = Pick<
  NetworkLimits,
  'rateBurst' | 'ratePerSecond' | 'memberRateBurst' | 'memberRatePerSecond'
>;

/** A token bucket for each remote peer, over all its streams and protocols. */
export class RateLimiter {
  readonly #entries = new Map<string, Entry>();
  readonly #rate: Rate;
  readonly #memberRate: Rate;
  readonly #nowMs: () => number;

  constructor(rates: Rates, nowMs: () => number) {
    this.#rate = {burst: rates.rateBurst, perSecond: rates.ratePerSecond};
    this.#memberRate = {burst: rates.memberRateBurst, perSecond: rates.memberRatePerSecond};
    this.#nowMs = nowMs;
  }

  /** Takes one token: 0, or in how many ms there is one again. */
  spend(peerId: string): number {
    const entry = this.#entries.get(peerId) ?? {
      bucket: new TokenBucket(this.#rate, this.#nowMs),
      isMember: false,
    };
    this.#put(peerId, entry);
    return entry.bucket.spend();
  }

  /** The peer proved to be a registered node: from here on it may ask more. */
  promote(peerId: string): void {
    if (this.#entries.get(peerId)?.isMember === true) return;
    this.#put(peerId, {bucket: new TokenBucket(this.#memberRate, this.#nowMs), isMember: true});
  }

  /** Last in the map's order: seen last. */
  #put(peerId: string, entry: Entry): void {
    this.#entries.delete(peerId);
    this.#entries.set(peerId, entry);
    if (this.#entries.size <= MAX_PEERS) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
