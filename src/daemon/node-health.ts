import {nodeIdToString} from '../crypto/ids.ts';
import type {EpochInfo} from '../protocol/api.ts';
import type {NodeId} from '../protocol/bytes.ts';
import {silenceMs} from './chain-clock.ts';
import type {ChainView} from './chain-view.ts';
import type {KeyState} from './key-watch.ts';
import type {DaemonPorts} from './ports.ts';

/** Below this the databases may not find room to grow: 64 MiB. */
const LEAST_FREE_BYTES = 64n * 1024n * 1024n;
/** Block time ahead of this machine's clock by more than the chain allows its builders. */
const CLOCK_BEHIND_MS = 10_000;

/** What `/health` says; amounts and epochs are decimal text, instants Unix ms. */
export type HealthReport = {
  readonly healthy: boolean;
  /** A sentence each; empty when healthy. */
  readonly reasons: readonly string[];
  readonly nodeId: string;
  readonly epoch: string | null;
  /** null without a seat. */
  readonly swarm: number | null;
  readonly members: number;
  /** null until the overlay runs. */
  readonly peers: number | null;
  /** null until it is known. */
  readonly records: number | null;
  readonly lastBlockTimeMs: number | null;
  /** How long ago that block was, by this machine's clock. */
  readonly chainLagMs: number | null;
  readonly chainHeardMs: number | null;
  /** Bytes. */
  readonly diskFree: string | null;
  /** What the key chain says of the transport key; off unless it is asked. */
  readonly keyChain: KeyState | 'off';
};

/** What the parts of a node say of themselves once they run. */
export type HealthSources = {
  readonly peers?: () => number;
  readonly records?: () => number | Promise<number>;
  readonly keyChain?: () => KeyState;
  /** What else is wrong, a sentence each. */
  readonly problems?: () => readonly string[];
};

type Components = {
  readonly view: Pick<ChainView, 'epoch' | 'own' | 'lastUpdateMs'>;
  readonly ports: Pick<DaemonPorts, 'nowMs' | 'freeBytes'>;
};

export type HealthInit = {
  readonly nodeId: NodeId;
  readonly epochSeconds: number;
  readonly dataFolder: string;
};

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

function chainProblems(
  epoch: EpochInfo | undefined,
  {nowMs, heardMs, epochSeconds}: {nowMs: number; heardMs: number; epochSeconds: number},
): string[] {
  if (epoch === undefined) return ['the chain was not heard yet'];
  const silentMs = nowMs - heardMs;
  const lagMs = nowMs - epoch.blockTimeMs;
  const problems: string[] = [];
  if (silentMs > silenceMs(epochSeconds)) {
    problems.push(`the chain was not heard for ${seconds(silentMs)}`);
  }
  if (lagMs > epochSeconds * 1000) problems.push(`the chain's last block is ${seconds(lagMs)} old`);
  if (lagMs < -CLOCK_BEHIND_MS) {
    problems.push(`this machine's clock is ${seconds(-lagMs)} behind the chain`);
  }
  return problems;
}

/** Looks at one node: what it knows, and what keeps it from doing its work. */
export class NodeHealth {
  readonly #components: Components;
  readonly #init: HealthInit;
  #sources: HealthSources = {};
  /** Of every part that has any to tell. */
  readonly #problems: (() => readonly string[])[] = [];

  constructor(components: Components, init: HealthInit) {
    this.#components = components;
    this.#init = init;
  }

  /** Parts that run from here on. */
  attach(sources: HealthSources): void {
    this.#sources = {...this.#sources, ...sources};
    if (sources.problems !== undefined) this.#problems.push(sources.problems);
  }

  async report(): Promise<HealthReport> {
    const {view, ports} = this.#components;
    const [nowMs, heardMs] = [ports.nowMs(), view.lastUpdateMs()];
    const [epoch, own] = [view.epoch(), view.own()];
    const peers = this.#sources.peers?.();
    const diskFree = await this.#diskFree();
    const {epochSeconds} = this.#init;
    const reasons = chainProblems(epoch, {nowMs, heardMs, epochSeconds});
    if (diskFree === undefined) reasons.push('the data folder cannot be looked at');
    else if (diskFree < LEAST_FREE_BYTES) reasons.push(`the disk has ${diskFree} bytes left`);
    const members = own?.members.length ?? 0;
    if (peers === 0 && members > 1) reasons.push('the overlay is connected to nobody');
    reasons.push(...this.#problems.flatMap((problems) => problems()));
    return {
      healthy: reasons.length === 0,
      reasons,
      nodeId: nodeIdToString(this.#init.nodeId),
      epoch: epoch?.epoch ?? null,
      swarm: own?.swarmId ?? null,
      members,
      peers: peers ?? null,
      records: (await this.#sources.records?.()) ?? null,
      lastBlockTimeMs: epoch?.blockTimeMs ?? null,
      chainLagMs: epoch === undefined ? null : nowMs - epoch.blockTimeMs,
      chainHeardMs: heardMs === 0 ? null : heardMs,
      diskFree: diskFree?.toString() ?? null,
      keyChain: this.#sources.keyChain?.() ?? 'off',
    };
  }

  /** A folder that is gone, or on a disk that is gone, is a problem to tell, not to fail of. */
  async #diskFree(): Promise<bigint | undefined> {
    try {
      return await this.#components.ports.freeBytes(this.#init.dataFolder);
    } catch (error) {
      if (error instanceof Error && 'code' in error) return undefined;
      throw error;
    }
  }
}
