import {sha256} from '../../crypto/hash.ts';
import {bytesToHex, bytesToKey, equalBytes, type NodeId} from '../../protocol/bytes.ts';
import type {StateSummary} from '../../protocol/chain/state-summary.ts';
import {BlockError} from '../../vm/errors.ts';
import {type ParsedBlock, parseBlock} from '../../vm/parsed-block.ts';
import {MapAssembly, type MissingSubtree} from '../../vm/state/map-assembly.ts';
import type {MerkleMap} from '../../vm/state/merkle-map.ts';
import {SubtreeIndex} from '../../vm/state/subtree-index.ts';
import type {TrieNode} from '../../vm/state/trie.ts';
import type {Entry} from '../../vm/state/trie-bulk.ts';
import {walkSubtree} from '../../vm/state/trie-walk.ts';
import {PeerError} from '../errors.ts';
import type {Logger} from '../logger.ts';
import type {PeerRequests} from '../peers/peer-requests.ts';
import {Gate} from './gate.ts';
import type {Outcome, SyncPeers} from './sync-peers.ts';
import type {SyncProgress} from './sync-progress.ts';
import type {SyncStore} from './sync-store.ts';

/** Block and state, both checked; the state is whole in the spare slot. */
export type Fetched = {readonly block: ParsedBlock; readonly map: MerkleMap};

export type StateSyncerInit = {
  readonly summary: StateSummary;
  readonly store: SyncStore;
  /** The chain's own state: what it has in common with the other is not fetched. */
  readonly own: MerkleMap;
  readonly peers: SyncPeers;
  readonly requests: Pick<PeerRequests, 'ask'>;
  readonly progress: Pick<SyncProgress, 'kept' | 'falseAnswer'>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly signal: AbortSignal;
  monotonicMs(): bigint;
};

/** Requests in flight: each may bring an answer of 512 KiB that waits for the disk. */
const WORKERS = 12;
/** What takes longer is asked of further peers too, when there is nothing else to ask. */
const SLOW_MS = 1000n;
const ASKERS_PER_SUBTREE = 6;
/** Without a true answer for so long the sync is given up; sooner when no peer has the state. */
export const PATIENCE_MS = 300_000n;
export const LACKING_PATIENCE_MS = 45_000n;
const REPORT_MS = 5000n;

type Asking = {readonly sinceMs: bigint; readonly askers: Set<string>};

/**
 * Fetches one state from several peers at a time. Whatever a peer says is checked against the root
 * before it is kept, and kept on the disk before it counts. SPEC.md §12.2.
 */
export class StateSyncer {
  readonly #init: StateSyncerInit;
  readonly #gate = new Gate();
  /** Ends the requests that are still open when nothing is missing any more. */
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  readonly #asking = new Map<MissingSubtree, Asking>();
  #block: ParsedBlock | undefined;
  #blockAskers = 0;
  #blockSinceMs = 0n;
  #assembly: MapAssembly | undefined;
  #staged: MerkleMap | undefined;
  #progressAtMs: bigint;
  #reportedAtMs: bigint;
  #kept = 0;
  #hasFailed = false;

  constructor(init: StateSyncerInit) {
    this.#init = init;
    this.#signal = AbortSignal.any([init.signal, this.#end.signal]);
    this.#progressAtMs = init.monotonicMs();
    this.#reportedAtMs = init.monotonicMs();
  }

  /** Peers have come or gone. */
  peersChanged(): void {
    this.#gate.open();
  }

  /** @returns undefined when it was stopped, or given up because nobody has the state any more. */
  async run(): Promise<Fetched | undefined> {
    const {store, own, summary} = this.#init;
    this.#staged = await store.readStaged();
    this.#assembly = new MapAssembly(summary.stateRoot, new SubtreeIndex([own, this.#staged]));
    await this.#keepReused(this.#assembly.takeReused());
    this.#progressAtMs = this.#init.monotonicMs();
    await Promise.all(Array.from({length: WORKERS}, () => this.#work()));
    const {map} = this.#assembly;
    if (this.#block === undefined || map === undefined || this.#init.signal.aborted)
      return undefined;
    await store.settle(map);
    return {block: this.#block, map};
  }

  get #isWhole(): boolean {
    return this.#block !== undefined && this.#assembly?.map !== undefined;
  }

  get #isOver(): boolean {
    const {signal, monotonicMs, peers} = this.#init;
    if (this.#isWhole || this.#hasFailed || signal.aborted) return true;
    const silentMs = monotonicMs() - this.#progressAtMs;
    return silentMs > PATIENCE_MS || (silentMs > LACKING_PATIENCE_MS && peers.allLack);
  }

  async #work(): Promise<void> {
    try {
      while (!this.#isOver) {
        if (!(await this.#askNext())) await this.#gate.passed();
      }
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    } finally {
      this.#end.abort();
      this.#gate.open();
    }
  }

  /** @returns whether there was something to ask, and somebody. */
  async #askNext(): Promise<boolean> {
    const {peers} = this.#init;
    const nodeId = peers.take();
    if (nodeId === undefined) return false;
    const asked = this.#nextQuestion(nodeId);
    if (asked === undefined) {
      peers.giveBack(nodeId);
      return false;
    }
    const sinceMs = this.#init.monotonicMs();
    const outcome = await asked;
    peers.ended(nodeId, outcome, this.#init.monotonicMs() - sinceMs);
    this.#report(nodeId, outcome);
    this.#gate.open();
    return true;
  }

  #nextQuestion(nodeId: NodeId): Promise<Outcome> | undefined {
    if (this.#block === undefined && this.#blockAskers === 0) return this.#askBlock(nodeId);
    const place = this.#nextPlace(bytesToKey(nodeId));
    if (place !== undefined) return this.#askSubtree(nodeId, place);
    const isAwaited = this.#init.monotonicMs() - this.#blockSinceMs < SLOW_MS;
    const isAsked = this.#block !== undefined || this.#blockAskers >= ASKERS_PER_SUBTREE;
    return isAwaited || isAsked ? undefined : this.#askBlock(nodeId);
  }

  /** Something missing that nobody is asked for, else the one that is awaited for longest. */
  #nextPlace(peer: string): MissingSubtree | undefined {
    const nowMs = this.#init.monotonicMs();
    let place = this.#assembly?.take();
    if (place === undefined) {
      for (const [awaited, {sinceMs, askers}] of this.#asking) {
        if (nowMs - sinceMs < SLOW_MS) break;
        if (askers.has(peer) || askers.size >= ASKERS_PER_SUBTREE) continue;
        place = awaited;
        break;
      }
    }
    if (place === undefined) return undefined;
    const asking = this.#asking.get(place) ?? {sinceMs: nowMs, askers: new Set<string>()};
    asking.askers.add(peer);
    this.#asking.set(place, asking);
    return place;
  }

  /** Asks, and takes the failures that a peer may cause for an outcome. */
  async #ask(question: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      return error.code === 'PEER_BAD_ANSWER' ? 'lied' : 'failed';
    }
  }

  async #askBlock(nodeId: NodeId): Promise<Outcome> {
    const {summary, requests} = this.#init;
    const {blockId} = summary;
    const signal = this.#signal;
    if (this.#blockAskers === 0) this.#blockSinceMs = this.#init.monotonicMs();
    this.#blockAskers += 1;
    const outcome = await this.#ask(async () => {
      const {block} = await requests.ask(nodeId, 'summaryBlock', {blockId}, {signal});
      if (block === undefined) return 'lacking';
      const parsed = blockOf(summary, block);
      if (parsed === undefined) return 'lied';
      this.#block = parsed;
      this.#progressAtMs = this.#init.monotonicMs();
      return 'good';
    });
    this.#blockAskers -= 1;
    return outcome;
  }

  async #askSubtree(nodeId: NodeId, place: MissingSubtree): Promise<Outcome> {
    const {summary, requests} = this.#init;
    const signal = this.#signal;
    const request = {root: summary.stateRoot, path: [...place.path]};
    const outcome = await this.#ask(async () => {
      const answer = await requests.ask(nodeId, 'stateSubtree', request, {signal});
      if (answer.type === 'unknown') return 'lacking';
      return this.#add(place, answer, nodeId);
    });
    const asking = this.#asking.get(place);
    asking?.askers.delete(bytesToKey(nodeId));
    if (asking?.askers.size === 0 || place.isFilled) {
      this.#asking.delete(place);
      this.#assembly?.giveBack(place);
    }
    return outcome;
  }

  async #add(
    place: MissingSubtree,
    answer: Parameters<MapAssembly['add']>[1],
    nodeId: NodeId,
  ): Promise<Outcome> {
    const assembly = this.#assembly;
    if (assembly === undefined) return 'good';
    const {isTrue, fetched, reused, splitters} = assembly.add(place, answer, bytesToKey(nodeId));
    if (!isTrue) return 'lied';
    this.#progressAtMs = this.#init.monotonicMs();
    for (const peer of splitters) this.#init.peers.judge(peer, 'lied');
    await this.#keep(fetched);
    await this.#keepReused(reused);
    return 'good';
  }

  async #keep(entries: Iterable<Entry>): Promise<void> {
    const list = [...entries];
    if (list.length === 0) return;
    await this.#init.store.keep(list);
    this.#kept += list.length;
    this.#init.progress.kept(list.length);
  }

  /** What an earlier sync has kept is there already. */
  async #keepReused(nodes: readonly TrieNode[]): Promise<void> {
    const isStaged = ([key, value]: Entry): boolean => {
      const staged = this.#staged?.get(key);
      return staged !== undefined && equalBytes(staged, value);
    };
    for (const node of nodes) {
      await this.#keep([...walkSubtree(node)].filter((entry) => !isStaged(entry)));
    }
  }

  #report(nodeId: NodeId, outcome: Outcome): void {
    const {logger, monotonicMs, summary} = this.#init;
    const {height} = summary;
    if (outcome === 'lied') {
      this.#init.progress.falseAnswer();
      logger.warn('a peer gave a false answer', {peer: bytesToHex(nodeId), height});
    }
    if (monotonicMs() - this.#reportedAtMs < REPORT_MS) return;
    this.#reportedAtMs = monotonicMs();
    logger.info('state sync goes on', {height, entries: this.#kept});
  }
}

/** The block of a summary, if these bytes are it. */
function blockOf({blockId, height, stateRoot}: StateSummary, bytes: Uint8Array) {
  if (!equalBytes(sha256(bytes), blockId)) return undefined;
  try {
    const block = parseBlock(bytes);
    return block.height === height && equalBytes(block.stateRoot, stateRoot) ? block : undefined;
  } catch (error) {
    if (error instanceof BlockError) return undefined;
    throw error;
  }
}
