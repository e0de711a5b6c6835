import {bytesToKey, type NodeId} from '../protocol/bytes.ts';
import type {Clock} from './ports.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** How long one that was waited for in vain comes last. */
const SLOW_MS = 3000;

/**
 * Which members did not answer lately: writes for them become hints at once, so that one of them
 * costs neither time nor memory. A pause doubles with each failure; after it they are tried again.
 * Those that only take long come after the others for a while.
 */
export class MemberHealth {
  readonly #clock: Clock;
  readonly #down = new Map<string, {readonly untilMs: number; readonly pauseMs: number}>();
  /** By member: when it counts as fast again, Unix ms. */
  readonly #slow = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isUp(nodeId: NodeId): boolean {
    const down = this.#down.get(bytesToKey(nodeId));
    return down === undefined || this.#clock.nowMs() >= down.untilMs;
  }

  /** Whether it was waited for in vain lately. */
  isSlow(nodeId: NodeId): boolean {
    return (this.#slow.get(bytesToKey(nodeId)) ?? 0) > this.#clock.nowMs();
  }

  /** It answered, or asked something itself. */
  heard(nodeId: NodeId): void {
    this.#down.delete(bytesToKey(nodeId));
  }

  /** It takes longer than others do; its answer, when it comes, does not change that. */
  lagged(nodeId: NodeId): void {
    this.#slow.set(bytesToKey(nodeId), this.#clock.nowMs() + SLOW_MS);
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
