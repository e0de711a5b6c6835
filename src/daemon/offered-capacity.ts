import type {ChainClient} from '../protocol/api.ts';
import {isPassing} from './persistent-client.ts';
import type {DaemonPorts} from './ports.ts';

type Components = {
  readonly client: Pick<ChainClient, 'call'>;
  readonly ports: Pick<DaemonPorts, 'logger' | 'sleep'>;
};

export type OfferedCapacityInit = {
  /** What the operator offers, in bytes; undefined: the chain's minimum, whatever it becomes. */
  readonly asked: bigint | undefined;
  /** minCapacity when the node started. */
  readonly least: bigint;
  readonly epochSeconds: number;
};

/** The new rules are in force some time before the first duty under them: this looks often enough. */
const LOOKS_PER_EPOCH = 8;

/** What a node offers: an upgrade may change the chain's minimum while the node runs. SPEC.md §3.1. */
export class OfferedCapacity {
  readonly #components: Components;
  readonly #init: OfferedCapacityInit;
  #least: bigint;

  constructor(components: Components, init: OfferedCapacityInit) {
    this.#components = components;
    this.#init = init;
    this.#least = init.least;
  }

  /** The chain's minimum, in bytes. */
  least(): bigint {
    return this.#least;
  }

  /** What answers declare, in bytes. */
  offered(): bigint {
    return this.#init.asked ?? this.#least;
  }

  /** Sentences for the node's health. */
  problems(): readonly string[] {
    const [offered, least] = [this.offered(), this.#least];
    if (offered >= least) return [];
    return [`the chain asks for ${least} bytes of capacity now, and this node offers ${offered}`];
  }

  async run(signal: AbortSignal): Promise<never> {
    const pauseMs = (this.#init.epochSeconds * 1000) / LOOKS_PER_EPOCH;
    for (;;) {
      await this.#components.ports.sleep(pauseMs, signal);
      await this.step(signal);
    }
  }

  async step(signal: AbortSignal): Promise<void> {
    const {client, ports} = this.#components;
    try {
      const {minCapacity} = await client.call('getNetwork', {}, signal);
      const [least, was] = [BigInt(minCapacity), this.#least];
      this.#least = least;
      if (least !== was)
        ports.logger.warn('capacity.minimum', {least, was, offered: this.offered()});
    } catch (error) {
      if (signal.aborted || !(error instanceof Error) || !isPassing(error)) throw error;
    }
  }
}
