import {setTimeout as sleep} from 'node:timers/promises';
import type {OneSwarm} from '../e2e/swarm/one-swarm.ts';

/** Fewer than would take the swarm of ten its majority, so that stores go on meanwhile. */
const MOST_DOWN = 3;
const PAUSE_MS = {least: 1500, range: 3500};
const DOWN_MS = {least: 200, range: 4000};

const within = ({least, range}: {readonly least: number; readonly range: number}): number =>
  least + Math.random() * range;

/** Kills random nodes with SIGKILL and starts them again over their folders. */
export class Killer {
  readonly #swarm: OneSwarm;
  readonly #down = new Set<number>();
  kills = 0;

  constructor(swarm: OneSwarm) {
    this.#swarm = swarm;
  }

  get down(): number {
    return this.#down.size;
  }

  /** Nodes that are up, as far as one can know. */
  up(): readonly number[] {
    return Array.from({length: this.#swarm.size}, (_, index) => index).filter(
      (index) => !this.#down.has(index),
    );
  }

  async #killOne(): Promise<void> {
    const up = this.up();
    const index = up[Math.floor(Math.random() * up.length)];
    if (index === undefined) return;
    this.#down.add(index);
    this.kills += 1;
    await this.#swarm.node(index).kill();
    await sleep(within(DOWN_MS));
    await this.#swarm.startNode(index);
    this.#down.delete(index);
  }

  /** Until the signal aborts; then all nodes are up again. */
  async run(signal: AbortSignal): Promise<void> {
    const running = new Set<Promise<void>>();
    while (!signal.aborted) {
      if (this.#down.size < MOST_DOWN) {
        const one = this.#killOne().finally(() => running.delete(one));
        running.add(one);
      }
      await Promise.race([sleep(within(PAUSE_MS)), ...failuresOf(running)]);
    }
    await Promise.all(running);
  }
}

/** A node that does not start again ends the run. */
function failuresOf(running: ReadonlySet<Promise<void>>): readonly Promise<never>[] {
  return [...running].map(async (one) => {
    await one;
    return new Promise<never>(() => undefined);
  });
}
