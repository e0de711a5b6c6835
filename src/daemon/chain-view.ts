import {badResponse} from '../client/check.ts';
import {listAllSwarms} from '../client/pages.ts';
import type {ChainRef} from '../client/transactions.ts';
import type {Holders, SwarmState, Swarms} from '../messaging/ports.ts';
import type {RegisteredKeys} from '../network/overlay-init.ts';
import type {ChainClient, EpochInfo} from '../protocol/api.ts';
import type {NodeId, SessionId, SigningPublicKey} from '../protocol/bytes.ts';
import {pauseMs, retryMs, silenceMs} from './chain-clock.ts';
import {NodeKeys} from './node-keys.ts';
import {isPassing} from './persistent-client.ts';
import type {DaemonPorts} from './ports.ts';
import {SwarmTable} from './swarm-table.ts';

/** The epoch may turn while the swarms are listed; more turns than this are no epochs. */
const MAX_LISTINGS = 3;

type Components = {
  readonly client: ChainClient;
  readonly ports: Pick<DaemonPorts, 'logger' | 'sleep' | 'jitter' | 'nowMs'>;
};

export type ChainViewInit = {
  readonly chain: ChainRef;
  /** Of this node. */
  readonly nodeId: NodeId;
  readonly epochSeconds: number;
};

/**
 * What this node knows of the chain, in memory: the running epoch and who sits in which swarm. It
 * asks for the epoch (about 1 KB) 40 times an epoch, and for the members only when one has turned. A
 * silent chain leaves the last view standing.
 */
export class ChainView implements Swarms, RegisteredKeys {
  readonly #components: Components;
  readonly #init: ChainViewInit;
  readonly #keys: NodeKeys;
  #epoch: EpochInfo | undefined;
  #table: SwarmTable | undefined;
  #holders: Holders | undefined;
  #looking: Promise<EpochInfo> | undefined;
  #updatedMs = 0;
  #failures = 0;

  constructor(components: Components, init: ChainViewInit) {
    this.#components = components;
    this.#init = init;
    this.#keys = new NodeKeys(components.client, init.chain);
  }

  own(): SwarmState | undefined {
    return this.#table?.seatOf(this.#init.nodeId);
  }

  swarmOf(account: SessionId): SwarmState | undefined {
    return this.#table?.swarmOf(account);
  }

  /** The running epoch as last heard; undefined before the chain was first heard. */
  epoch(): EpochInfo | undefined {
    return this.#epoch;
  }

  /** By block time alone, so 0 before the chain was first heard. */
  lateBeforeMs(): bigint {
    const epoch = this.#epoch;
    if (epoch === undefined) return 0n;
    const {cutOffMs, endMs, startMs, blockTimeMs} = epoch;
    const lengthMs = endMs - startMs;
    const isNextOver = blockTimeMs >= cutOffMs + lengthMs + lengthMs / 24;
    return BigInt(isNextOver ? cutOffMs + lengthMs : cutOffMs);
  }

  /**
   * T of the oldest epoch whose answers are not judged yet, Unix ms: that of the running epoch by
   * block time. 0 before the chain was first heard: then all is kept.
   */
  keepFromMs(): bigint {
    return BigInt(this.#epoch?.cutOffMs ?? 0);
  }

  /** Who holds which inboxes; undefined while the chain is not heard: nothing is deleted on hearsay. */
  holders(): Holders | undefined {
    const silentMs = this.#components.ports.nowMs() - this.#updatedMs;
    return silentMs > silenceMs(this.#init.epochSeconds) ? undefined : this.#holders;
  }

  /** @throws ClientError, ApiError when the chain gives no usable answer. */
  signingKeyOf(nodeId: NodeId, signal?: AbortSignal): Promise<SigningPublicKey | undefined> {
    return this.#keys.signingKeyOf(nodeId, signal);
  }

  /** When the chain was last heard, Unix ms by this machine's clock; 0 for never. */
  lastUpdateMs(): number {
    return this.#updatedMs;
  }

  /** Follows the chain until the signal aborts, and rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) await this.#components.ports.sleep(await this.step(signal), signal);
  }

  /** One look at the chain; answers the pause before the next, in ms. */
  async step(signal: AbortSignal): Promise<number> {
    const {epochSeconds} = this.#init;
    try {
      const epoch = await this.#look(signal);
      this.#noteAnswer();
      const {blockTimeMs, endMs: phaseEndMs} = epoch;
      return pauseMs({blockTimeMs, phaseEndMs}, epochSeconds, false);
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      this.#noteFailure(error);
      return retryMs(this.#failures, epochSeconds, this.#components.ports.jitter());
    }
  }

  /**
   * Looks now, unless the epoch's members are known already: a duty needs them before the next look.
   * @throws ClientError, ApiError when the chain gives no usable answer.
   */
  async reach(epoch: bigint, signal: AbortSignal): Promise<void> {
    if ((this.#table?.epoch ?? -1n) < epoch) await this.#look(signal);
  }

  /** Two looks at once would see two moments: the later asker gets what is under way. */
  #look(signal: AbortSignal): Promise<EpochInfo> {
    this.#looking ??= this.#lookAnew(signal).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookAnew(signal: AbortSignal): Promise<EpochInfo> {
    const {client, ports} = this.#components;
    let epoch = await client.call('getEpoch', {}, signal);
    for (let listings = 0; BigInt(epoch.epoch) !== this.#table?.epoch; listings++) {
      if (listings === MAX_LISTINGS) badResponse('getEpoch.epoch', 'one that lasts');
      const swarms = await listAllSwarms(client, signal);
      // Pages of two epochs would mix: the same epoch before and after says that they are of one.
      const after = await client.call('getEpoch', {}, signal);
      if (after.epoch === epoch.epoch) this.#turn(after, new SwarmTable(after, swarms));
      epoch = after;
    }
    this.#epoch = epoch;
    this.#updatedMs = ports.nowMs();
    return epoch;
  }

  #turn(epoch: EpochInfo, table: SwarmTable): void {
    const before = this.own();
    this.#table = table;
    this.#holders = table.holdersFor(this.#init.nodeId);
    this.#epoch = epoch;
    const own = this.own();
    if (own?.swarmId === before?.swarmId) return;
    const facts = {epoch: epoch.epoch, swarm: own?.swarmId ?? null};
    this.#components.ports.logger.info('seat.changed', {...facts, was: before?.swarmId ?? null});
  }

  #noteFailure(error: Error): void {
    this.#failures += 1;
    if (this.#failures > 1) return;
    this.#components.ports.logger.warn('view.stale', {reason: error.message});
  }

  #noteAnswer(): void {
    if (this.#failures > 0) {
      this.#components.ports.logger.info('view.fresh', {attempts: this.#failures});
    }
    this.#failures = 0;
  }
}

/** What a node's messaging asks of the chain. */
export type ChainFacts = Pick<
  ChainView,
  'own' | 'swarmOf' | 'epoch' | 'lateBeforeMs' | 'keepFromMs' | 'holders' | 'signingKeyOf'
>;
