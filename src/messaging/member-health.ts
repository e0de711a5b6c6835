import {bytesToKey, type NodeId} from '../protocol/bytes.ts';
import type {Clock} from './ports.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Which members did not answer lately: writes for them become hints at once, so that one of them
 * costs neither time nor memory. A pause doubles with each failure; after it they are tried again.
 * Those that only take long come after the others.
 */
export class MemberHealth {
  readonly #clock: Clock;
  readonly #down = new Map<string, {readonly untilMs: number; readonly pauseMs: number}>();
  readonly #slow = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isUp(nodeId: NodeId): boolean {
    const down = this.#down.get(bytesToKey(nodeId));
    return down === undefined || this.#clock.nowMs() >= down.untilMs;
  }

  /** Whether it was waited for in vain, and was not heard since. */
  isSlow(nodeId: NodeId): boolean {
    return this.#slow.has(bytesToKey(nodeId));
  }

  /** It answered, or asked something itself. */
  heard(nodeId: NodeId): void {
    const name = bytesToKey(nodeId);
    this.#down.delete(name);
    this.#slow.delete(name);
  }

  /** Others that were asked with it have answered long ago. */
  lagged(nodeId: NodeId): void {
    this.#slow.add(bytesToKey(nodeId));
  }

  failed(nodeId: NodeId): void {
    const name = bytesToKey(nodeId);
    const nowMs = this.#clock.nowMs();
    const before = this.#down.get(name);
    // Failures of requests that were under way together count once.
    if (before !== undefined && nowMs < before.untilMs) return;
    const pauseMs = Math.min(
      before === undefined ? FIRST_PAUSE_MS : before.pauseMs * 2,
      LONGEST_PAUSE_MS,
    );
    this.#down.set(name, {untilMs: nowMs + pauseMs, pauseMs});
  }
}
