/** Bounds of one overlay: what a peer may cost. */
export type NetworkLimits = {
  /** Requests that one stream has in flight; more wait at the caller, and are not read by the server. */
  readonly requestsPerStream: number;
  /** Requests that wait for a place at the caller, for each peer and protocol; then NETWORK_BUSY. */
  readonly waitingPerPeer: number;
  /** Streams of one protocol on one connection. */
  readonly streamsPerPeer: number;
  readonly connections: number;
  /** Of these, and of those whose handshake is under way, the ones that one host may have opened. */
  readonly connectionsPerHost: number;
  /** New connections per second from one address: devnets live on one. */
  readonly connectionsPerSecond: number;
  /** Requests at once, and per second, of one peer. */
  readonly rateBurst: number;
  readonly ratePerSecond: number;
  /** The same of a peer that introduced itself as a registered node. */
  readonly memberRateBurst: number;
  readonly memberRatePerSecond: number;
  /** Look-ups of nodes not known to be registered, at once and per second, for all who ask. */
  readonly lookupBurst: number;
  readonly lookupsPerSecond: number;
  /** A write that the other side does not take in this time ends the stream, in ms. */
  readonly writeTimeoutMs: number;
  /** A frame that has begun brings 64 KiB or its end in this time, or ends the stream, in ms. */
  readonly frameTimeoutMs: number;
  /** Until a stream is open: dial, handshake, negotiation, in ms. */
  readonly openTimeoutMs: number;
  /** A stream without requests is closed after this time, in ms. */
  readonly idleMs: number;
  /** Answers that wait for one slow peer, and for all, in bytes. */
  readonly unsentPerPeer: number;
  readonly unsentInAll: number;
  /** What one peer, and all, sent that is no whole frame yet or was not read, in bytes. */
  readonly unreadPerPeer: number;
  readonly unreadInAll: number;
};

export const DEFAULT_LIMITS: NetworkLimits = {
  requestsPerStream: 64,
  waitingPerPeer: 1024,
  streamsPerPeer: 32,
  connections: 1000,
  connectionsPerHost: 250,
  connectionsPerSecond: 100,
  rateBurst: 600,
  ratePerSecond: 300,
  memberRateBurst: 12_000,
  memberRatePerSecond: 6000,
  lookupBurst: 400,
  lookupsPerSecond: 100,
  writeTimeoutMs: 10_000,
  frameTimeoutMs: 10_000,
  openTimeoutMs: 5000,
  idleMs: 60_000,
  unsentPerPeer: 8 * 1_048_576,
  unsentInAll: 256 * 1_048_576,
  unreadPerPeer: 8 * 1_048_576,
  unreadInAll: 256 * 1_048_576,
};
