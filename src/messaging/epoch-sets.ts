import {storedSetHash} from '../crypto/stored-set-hash.ts';
import {equalBytes, type Hash, type NodeId, toHash} from '../protocol/bytes.ts';
import {StoredSet} from '../protocol/chain/storage-commitment.ts';
import type {ChallengeSeed} from '../protocol/chain/uptime-response.ts';
import {encode, fixed, struct, u8, u32, u64, versioned} from '../protocol/codec.ts';
import type {RecordKey, SetLeaf} from '../protocol/stored-record.ts';
import {answerChallenge} from './challenge-prover.ts';
import {type EpochCut, forgetWrites, leavesOfEpoch, overrideWrites} from './epoch-leaves.ts';
import {MessagingError} from './errors.ts';
import {dataKey} from './key-space.ts';
import {currentNote, noteKey} from './local-notes.ts';
import type {CommittedSet, MemberCaller, SwarmState} from './ports.ts';
import type {PullRepair, Repaired} from './pull-repair.ts';
import {reconciledUntilMs, reconciledWrite} from './reconciled-note.ts';
import type {SwarmPlace} from './record-space.ts';
import type {RecordStore} from './record-store.ts';
import {storedSetOf} from './stored-set.ts';

/** Leaves that a member takes from another in one move: what is beyond is not worth a miss. */
const MOST_LEAVES = 2_000_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** Operations that were stamped shortly before the last reconciliation may have come after it. */
const OVERLAP_MS = 60_000n;

/** The set that this member has committed to last. */
const Committed = versioned(
  1,
  struct('Committed', {
    epoch: u64,
    cutOffMs: u64,
    c: fixed(toHash),
    swarmId: u32,
    swarmExponent: u8,
  }),
);
const COMMITTED_KEY = noteKey('committed');

const WHOLE_SPACE: SwarmPlace = {swarmId: 0, swarmExponent: 0};

/** A set with its C, as the chain lists it. */
export type NamedSet = {readonly c: Hash; readonly set: StoredSet};

export type EpochSetsParts = {
  readonly store: RecordStore;
  readonly repair: PullRepair;
  readonly members: MemberCaller;
  readonly nodeId: NodeId;
  readonly swarm: () => SwarmState | undefined;
  /** C of a set of the own swarm in an epoch. */
  readonly claim: (
    epoch: bigint,
    swarmId: number,
  ) => Omit<Parameters<typeof storedSetHash>[0], 'set'>;
};

/** The stored sets of one member, epoch by epoch: reconciled, committed to, moved to a majority's. */
export class EpochSets implements CommittedSet {
  readonly #parts: EpochSetsParts;
  #committed: (Required<EpochCut> & {readonly c: Hash}) | undefined;
  #settledUntilMs = 0n;
  #settled: StoredSet | undefined;

  private constructor(parts: EpochSetsParts) {
    this.#parts = parts;
  }

  static async open(parts: EpochSetsParts): Promise<EpochSets> {
    const sets = new EpochSets(parts);
    const last = await currentNote(parts.store, COMMITTED_KEY, Committed);
    if (last !== undefined) {
      const {swarmId, swarmExponent, ...committed} = last;
      sets.#committed = {...committed, place: {swarmId, swarmExponent}};
      sets.#settledUntilMs = committed.cutOffMs;
    }
    return sets;
  }

  settledUntilMs(): bigint {
    return this.#settledUntilMs;
  }

  #requireSwarm(): SwarmState {
    const swarm = this.#parts.swarm();
    if (swarm === undefined) throw new MessagingError('MESSAGING_NOT_READY');
    return swarm;
  }

  /**
   * Fetches what a majority has of the stamps up to the cut-off, from where the last time ended.
   * @throws MessagingError MESSAGING_NO_MAJORITY
   */
  async reconcile({cutOffMs}: Pick<EpochCut, 'cutOffMs'>, signal: AbortSignal): Promise<Repaired> {
    const {store, repair} = this.#parts;
    const swarm = this.#requireSwarm();
    const untilMs = await reconciledUntilMs(store, swarm);
    const fromMs = untilMs > OVERLAP_MS ? untilMs - OVERLAP_MS : 0n;
    const span = {fromMs, toMs: cutOffMs};
    const repaired = await repair.run(swarm, span, signal);
    if (cutOffMs > untilMs) await store.write([reconciledWrite(swarm, cutOffMs)]);
    return repaired;
  }

  /** The set of the last cut-off that was settled since the start. */
  settled(): StoredSet | undefined {
    return this.#settled;
  }

  /** The set of an epoch as it stands here. */
  held(cut: EpochCut): Promise<StoredSet> {
    return storedSetOf(leavesOfEpoch(this.#parts.store, cut));
  }

  /** From here on the epoch's set stays as it is; the answer is what to commit to. */
  async settle(cut: EpochCut, swarmId: number): Promise<NamedSet> {
    if (cut.cutOffMs > this.#settledUntilMs) this.#settledUntilMs = cut.cutOffMs;
    const set = await this.held(cut);
    this.#settled = set;
    const c = storedSetHash({...this.#parts.claim(cut.epoch, swarmId), set});
    await this.#note(cut, c);
    return {c, set};
  }

  async #note({epoch, cutOffMs, place = WHOLE_SPACE}: EpochCut, c: Hash): Promise<void> {
    const {store} = this.#parts;
    this.#committed = {epoch, cutOffMs, place, c};
    const value = encode(Committed, {epoch, cutOffMs, c, ...place});
    const old = await forgetWrites(store, epoch, {before: true});
    await store.write([...old, {type: 'put', key: COMMITTED_KEY, value}]);
  }

  leavesOf(epoch: bigint, c: Hash, after?: RecordKey): AsyncIterable<SetLeaf> | undefined {
    const committed = this.#committed;
    if (committed?.epoch !== epoch || !equalBytes(committed.c, c)) return undefined;
    return leavesOfEpoch(this.#parts.store, committed, {after});
  }

  /**
   * Makes the epoch's set the target: it is what is held here by now, or its leaves were fetched from
   * a member that has it and hash to its root, and the messages that were missing here have come.
   * @returns false when nobody has it, or it is not what was listed.
   */
  async moveTo(cut: EpochCut, target: NamedSet, signal: AbortSignal): Promise<boolean> {
    if (equalBytes(encode(StoredSet, await this.held(cut)), encode(StoredSet, target.set))) {
      await this.#note(cut, target.c);
      return true;
    }
    for (const member of this.#requireSwarm().members) {
      if (equalBytes(member, this.#parts.nodeId)) continue;
      try {
        if (await this.#adopt(member, cut, target, signal)) return true;
      } catch {
        // The next one may have it; an abort ends the walk.
        signal.throwIfAborted();
      }
    }
    return false;
  }

  async #adopt(
    member: NodeId,
    cut: EpochCut,
    {c, set}: NamedSet,
    signal: AbortSignal,
  ): Promise<boolean> {
    const {store, repair} = this.#parts;
    const leaves = await this.#fetchLeaves(member, cut.epoch, c, signal);
    const wanted = encode(StoredSet, set);
    if (!equalBytes(encode(StoredSet, await storedSetOf(toAsync(leaves))), wanted)) return false;
    const missing: SetLeaf[] = [];
    for (const leaf of leaves) {
      if (leaf.entry.type === 'record' && !(await this.#hasData(leaf))) missing.push(leaf);
    }
    const stamps = missing.map(({key}) => key.stamp);
    await repair.pull({member, isLate: true}, stamps, signal);
    for (const leaf of missing) if (!(await this.#hasData(leaf))) return false;
    await store.write(await forgetWrites(store, cut.epoch, {before: false}));
    await store.write(await overrideWrites(store, cut, leaves));
    if (!equalBytes(encode(StoredSet, await this.held(cut)), wanted)) return false;
    await this.#note(cut, c);
    return true;
  }

  #hasData({key}: SetLeaf): Promise<boolean> {
    return this.#parts.store.has(dataKey(key));
  }

  async #fetchLeaves(
    member: NodeId,
    epoch: bigint,
    c: Hash,
    signal: AbortSignal,
  ): Promise<readonly SetLeaf[]> {
    const leaves: SetLeaf[] = [];
    const options = {signal, timeoutMs: REQUEST_TIMEOUT_MS};
    for (;;) {
      const value = {epoch, c, after: leaves.at(-1)?.key};
      const page = await this.#parts.members.call(member, {type: 'leaves', value}, options);
      leaves.push(...page.leaves);
      if (!page.more || page.leaves.length === 0) return leaves;
      if (leaves.length > MOST_LEAVES) throw new MessagingError('MESSAGING_OTHER_SET');
    }
  }

  /**
   * Proof of possession of an epoch's set. Chain-rules §5.1.
   * @throws MessagingError MESSAGING_OTHER_SET when this member's set is another, MESSAGING_RECORD_DAMAGED
   */
  async answer(cut: EpochCut, seed: ChallengeSeed, expected: StoredSet): Promise<Hash> {
    const held = await this.held(cut);
    if (!equalBytes(encode(StoredSet, held), encode(StoredSet, expected))) {
      throw new MessagingError('MESSAGING_OTHER_SET', {
        records: held.recordCount,
        wanted: expected.recordCount,
      });
    }
    const {store} = this.#parts;
    const {chunkCount} = expected;
    return answerChallenge(store, {leaves: leavesOfEpoch(store, cut), seed, chunkCount});
  }
}

async function* toAsync(leaves: readonly SetLeaf[]): AsyncGenerator<SetLeaf, void, undefined> {
  yield* leaves;
}
