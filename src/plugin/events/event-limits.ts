/** Bounds of the event server: what strangers may take of it. SPEC.md §10.2. */
export const EVENT_LIMITS = {
  connections: 64,
  subscriptionsPerConnection: 16,
  /** Longest message of a client, in bytes. */
  messageBytes: 4096,
  /** Messages of one client: a second, and at once. */
  messagesPerSecond: 20,
  messageBurst: 40,
  /** Between two pings; a client that has not answered the last one is gone. */
  pingMs: 30_000,
  /** A connection without any subscription. */
  idleMs: 60_000,
  /** A client that takes nothing of what it asked for. */
  drainMs: 30_000,
  /** Waiting for a client that takes its answers slowly, in bytes. */
  bufferedBytes: 1_048_576,
  /** Blocks without an event for a subscription, after which it is told how far it has come. */
  positionBlocks: 64,
} as const;
export type EventLimits = {readonly [Name in keyof typeof EVENT_LIMITS]: number};
