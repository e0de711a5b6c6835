import {nodeIdFromString} from '../crypto/ids.ts';
import type {MemberCaller} from '../messaging/ports.ts';
import {RemoteError} from '../network/errors.ts';
import type {DutiesInfo} from '../protocol/api.ts';
import {MAX_WITNESS_BYTES} from '../protocol/chain/limits.ts';
import {bitmapOf} from './bitmap.ts';
import type {DaemonPorts} from './ports.ts';
import type {EndlessTask} from './run-together.ts';

const PROBES_PER_TARGET = 3;
const PROBE_TIMEOUT_MS = 3000;
const LOOK_MS = 250;
/** Probes under way at once, so that many targets do not take the node's whole attention. */
const MOST_AT_ONCE = 16;
const NOTHING = {fromMs: 0n, toMs: 0n};
const NO_REPORT = new Uint8Array();

type Components = {
  readonly members: MemberCaller;
  readonly ports: Pick<DaemonPorts, 'nowMs' | 'sleep' | 'jitter' | 'logger'>;
};

type Due = {readonly atMs: number; readonly target: string};

/**
 * Watches the nodes that the chain names to this one: each is called over the overlay at three private
 * random instants before the answers begin. One that answers once is reachable. SPEC.md §7.5.
 */
export class WitnessProbes {
  readonly #components: Components;
  readonly #epochMs: number;
  #epoch = '';
  #due: Due[] = [];
  readonly #tried = new Set<string>();
  readonly #seen = new Set<string>();

  constructor(components: Components, {epochSeconds}: {readonly epochSeconds: number}) {
    this.#components = components;
    this.#epochMs = epochSeconds * 1000;
  }

  /** Plans the probes of an epoch when it is first seen. */
  observe({epoch, witnessTargets, cutOffMs, blockTimeMs}: DutiesInfo): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#tried.clear();
    this.#seen.clear();
    const {ports} = this.#components;
    // By block time; the answers begin a third into the epoch, which begins a twelfth after the cut-off.
    const leftMs = cutOffMs + this.#epochMs / 12 + this.#epochMs / 3 - blockTimeMs;
    const nowMs = ports.nowMs();
    this.#due = witnessTargets
      .flatMap((target) => Array.from({length: PROBES_PER_TARGET}, () => target))
      .map((target) => ({target, atMs: nowMs + Math.max(0, leftMs) * ports.jitter()}))
      .sort((a, b) => a.atMs - b.atMs);
  }

  readonly run: EndlessTask = async (signal) => {
    const {ports} = this.#components;
    for (;;) {
      await ports.sleep(LOOK_MS, signal);
      const due = this.#due.filter(({atMs}) => atMs <= ports.nowMs()).slice(0, MOST_AT_ONCE);
      this.#due = this.#due.slice(due.length);
      await Promise.all(due.map(({target}) => this.#probe(target, signal)));
    }
  };

  async #probe(target: string, signal: AbortSignal): Promise<void> {
    const epoch = this.#epoch;
    const isThere = await this.#reaches(target, signal);
    if (epoch !== this.#epoch) return;
    this.#tried.add(target);
    if (isThere) this.#seen.add(target);
  }

  /** A refusal is an answer, too: it comes over the real transport from whoever has the key. */
  async #reaches(target: string, signal: AbortSignal): Promise<boolean> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    const options = {signal: within, timeoutMs: PROBE_TIMEOUT_MS};
    const request = {type: 'digest', value: NOTHING} as const;
    try {
      await this.#components.members.call(nodeIdFromString(target), request, options);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      return error instanceof RemoteError;
    }
  }

  /** Targets whose turn has not come are looked at now: a bit that is not set says unreachable. */
  async #finish(targets: readonly string[], signal: AbortSignal): Promise<void> {
    this.#due = [];
    const open = targets.filter((target) => !this.#tried.has(target));
    for (let i = 0; i < open.length; i += MOST_AT_ONCE) {
      const some = open.slice(i, i + MOST_AT_ONCE);
      await Promise.all(some.map((target) => this.#probe(target, signal)));
    }
  }

  /**
   * The report for the answer: a bit per target, or nothing when this node reached nobody at all, not
   * even a member of its own swarm: then it is itself that is cut off.
   */
  async report(duties: DutiesInfo, signal: AbortSignal): Promise<Uint8Array> {
    const targets = duties.witnessTargets.slice(0, MAX_WITNESS_BYTES * 8);
    if (targets.length === 0) return NO_REPORT;
    this.observe(duties);
    await this.#finish(targets, signal);
    const {length} = targets.filter((target) => this.#seen.has(target));
    const facts = {epoch: duties.epoch, targets: targets.length, reachable: length};
    this.#components.ports.logger.info('witness.report', facts);
    if (length === 0 && !(await this.#reachesOwnSwarm(duties, signal))) return NO_REPORT;
    return bitmapOf(targets, this.#seen);
  }

  async #reachesOwnSwarm({members, nodeId}: DutiesInfo, signal: AbortSignal): Promise<boolean> {
    const others = members.filter((member) => member !== nodeId);
    const reached = await Promise.all(others.map((member) => this.#reaches(member, signal)));
    return reached.includes(true);
  }
}
