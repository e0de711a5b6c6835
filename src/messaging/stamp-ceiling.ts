import {encode, struct, u64, versioned} from '../protocol/codec.ts';
import type {Stamp} from '../protocol/stored-record.ts';
import {currentNote, noteKey} from './local-notes.ts';
import type {Clock} from './ports.ts';
import type {RecordStore} from './record-store.ts';

/** Up to when this member may have given stamps, Unix ms. SPEC.md §13.2. */
const Ceiling = versioned(0, struct('Ceiling', {untilMs: u64}));
const KEY = noteKey('stamped');
/** So long after the last stamp the note is kept ahead, in ms: the next one need not wait for the disk. */
const BUSY_MS = 60_000;

export type StampCeilingInit = {
  readonly store: RecordStore;
  readonly clock: Clock;
  /** How far stamps may lead the own clock, in ms. */
  readonly toleranceMs: bigint;
};

/**
 * No stamp of this member that lies above its note has left it. Others get a write before it is on the
 * own disk, so what lies there after a kill does not say which stamps are used: a start begins behind the
 * note. It goes ahead in steps, a quarter of the tolerance each, and in the background.
 */
export class StampCeiling {
  readonly #init: StampCeilingInit;
  readonly #stepMs: bigint;
  #untilMs: bigint;
  #raising: Promise<void> | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;

  private constructor(init: StampCeilingInit, untilMs: bigint) {
    this.#init = init;
    this.#stepMs = init.toleranceMs / 4n;
    this.#untilMs = untilMs;
  }

  static async open(init: StampCeilingInit): Promise<StampCeiling> {
    const noted = await currentNote(init.store, KEY, Ceiling);
    return new StampCeiling(init, noted?.untilMs ?? 0n);
  }

  /** What is on disk, Unix ms. */
  get untilMs(): bigint {
    return this.#untilMs;
  }

  /** How often `keepAhead` should be called, in ms. */
  get pauseMs(): number {
    return Math.max(1, Number(this.#stepMs / 4n));
  }

  /**
   * To be waited for before a stamp leaves; that takes no disk in a member that gives stamps again and again.
   * @throws StorageError
   */
  async admit({clockMs}: Pick<Stamp, 'clockMs'>): Promise<void> {
    this.#lastMs = this.#init.clock.nowMs();
    while (clockMs > this.#untilMs) await this.#raise(clockMs);
    this.#raiseInTime(clockMs);
  }

  /** Takes the note along with the clock while stamps are given. */
  keepAhead(): void {
    const nowMs = this.#init.clock.nowMs();
    if (nowMs - this.#lastMs <= BUSY_MS) this.#raiseInTime(BigInt(nowMs));
  }

  #raiseInTime(clockMs: bigint): void {
    if (clockMs + this.#stepMs / 2n <= this.#untilMs) return;
    // Whoever needs it to have gone well waits for the next one.
    this.#raise(clockMs).catch(() => undefined);
  }

  #raise(clockMs: bigint): Promise<void> {
    this.#raising ??= this.#write(clockMs).finally(() => {
      this.#raising = undefined;
    });
    return this.#raising;
  }

  async #write(clockMs: bigint): Promise<void> {
    const {store, clock, toleranceMs} = this.#init;
    // Nothing further ahead can be given now, and a start would have to wait for it.
    const mostMs = BigInt(clock.nowMs()) + toleranceMs;
    const nextMs = clockMs + this.#stepMs < mostMs ? clockMs + this.#stepMs : mostMs;
    const untilMs = nextMs > clockMs ? nextMs : clockMs;
    if (untilMs <= this.#untilMs) return;
    await store.write([{type: 'put', key: KEY, value: encode(Ceiling, {untilMs})}]);
    this.#untilMs = untilMs;
  }
}
