import type {EventLimits} from './event-limits.ts';

/** Messages that one client may still send now. */
export class MessageBudget {
  readonly #limits: Pick<EventLimits, 'messagesPerSecond' | 'messageBurst'>;
  readonly #nowMs: () => number;
  #left: number;
  #lastMs: number;

  constructor(
    limits: Pick<EventLimits, 'messagesPerSecond' | 'messageBurst'>,
    nowMs: () => number,
  ) {
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#left = limits.messageBurst;
    this.#lastMs = nowMs();
  }

  /** @returns whether there was room for one more. */
  take(): boolean {
    const {messagesPerSecond, messageBurst} = this.#limits;
    const now = this.#nowMs();
    const earned = ((now - this.#lastMs) / 1000) * messagesPerSecond;
    this.#lastMs = now;
    this.#left = Math.min(messageBurst, this.#left + earned);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
