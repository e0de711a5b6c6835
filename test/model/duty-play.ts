import {dissentLimit} from '../reference/duty-txs.ts';
import {type Hex, ZERO_32} from '../reference/hex.ts';
import {
  dutiesOf,
  dutyOf,
  majorityOf,
  nodeOf,
  previousEpoch,
  swarmDuties,
} from '../reference/queries.ts';
import {ACTIVE, type Duty, type StoredSet} from '../reference/state.ts';
import type {CommitmentTx, DutyHeader, DutyTx, ResponseTx} from '../reference/transactions.ts';
import {CHAIN_ID, NETWORK_ID, preimageOf} from './cast.ts';
import type {Stage} from './stage.ts';

const EMPTY: StoredSet = {root: ZERO_32, recordCount: 0n, chunkCount: 0n, bytes: 0n};
const full = (digit: string, bytes: bigint): StoredSet => ({
  root: digit.repeat(64),
  recordCount: 2n,
  chunkCount: bytes > 1024n ? 3n : 2n,
  bytes,
});

/** What swarms agree on, in turn; then what those say who do not agree. */
const AGREED = [EMPTY, full('1', 2100n), full('2', 300n), {...EMPTY, root: '9'.repeat(64)}];
const ODD = [full('3', 3072n), full('4', 0n), full('5', 900n)];

const ANSWER = 'a7'.repeat(32);
const WITNESS_BYTES = 12;

/** What each node will do in one epoch. */
export type EpochPlan = {
  readonly absent: ReadonlySet<Hex>;
  readonly silent: ReadonlySet<Hex>;
  /** Nobody agrees on a set. */
  readonly isBabel: boolean;
  /** A duty of the epoch before whose answer the others doubt. */
  readonly doubted: Duty | undefined;
};

/** Somebody of an epoch to doubt, rather one whose pass has just opened a term. */
function chooseDoubted({random, state}: Stage, epoch: number): Duty | undefined {
  const all = dutiesOf(state, epoch);
  const hasJustBegun = ({nodeId, joining}: Duty): boolean => {
    const node = state.nodes.get(nodeId);
    return !joining && node?.status === ACTIVE && node.retiresAtTransition > 0;
  };
  const begun = all.filter(hasJustBegun);
  return random.pick(begun.length > 0 && random.chance(0.8) ? begun : all);
}

export function planEpoch(stage: Stage): EpochPlan {
  const {random, profile, state} = stage;
  const isOutage = random.chance(profile.outageRate);
  const some = (rate: number): Set<Hex> =>
    new Set(dutiesOf(state, state.epoch).flatMap((it) => (random.chance(rate) ? [it.nodeId] : [])));
  const previous = previousEpoch(state, state.epoch);
  const isDoubt = previous !== undefined && random.chance(profile.doubtRate);
  return {
    absent: some(isOutage ? 0.7 : profile.absentRate),
    silent: some(isOutage ? 0.5 : profile.silentRate),
    isBabel: random.chance(0.04),
    doubted: isDoubt ? chooseDoubted(stage, previous) : undefined,
  };
}

function headerOf({state}: Stage, {nodeId}: Duty, revision: number): DutyHeader {
  return {networkId: NETWORK_ID, chainId: CHAIN_ID, epoch: state.epoch, revision, nodeId};
}

function chooseSet({random, habits}: Stage, duty: Duty, {isBabel}: EpochPlan): StoredSet {
  const agreed = AGREED[(duty.epoch + duty.swarmId) % AGREED.length] ?? EMPTY;
  const isOdd = habits.get(duty.nodeId)?.isDeviant === true ? random.chance(0.8) : false;
  if (!isOdd && !isBabel && !random.chance(0.01)) return agreed;
  return random.pick(ODD) ?? EMPTY;
}

/** A bitmap with one bit for the doubted member, if this node has a say about it. */
function chooseDissent(stage: Stage, nodeId: Hex, doubted: Duty | undefined): Hex {
  const {state, random} = stage;
  const limit = dissentLimit(state, nodeId);
  const bytes = new Uint8Array(limit);
  const own = doubted === undefined ? undefined : dutyOf(state, doubted.epoch, nodeId);
  if (doubted !== undefined && own?.swarmId === doubted.swarmId && random.chance(0.85)) {
    const members = swarmDuties(state, doubted.epoch, doubted.swarmId);
    const i = members.indexOf(doubted);
    bytes[i >> 3] = 1 << (i & 7);
  }
  if (bytes.every((byte) => byte === 0) && random.chance(0.7)) return '';
  return Buffer.from(bytes).toString('hex');
}

export function commitmentOf(stage: Stage, duty: Duty, plan: EpochPlan): CommitmentTx | undefined {
  const node = nodeOf(stage.state, duty.nodeId);
  const reveal = preimageOf(node.hashChainTip);
  if (reveal === undefined) return undefined;
  const body = {
    swarmId: node.swarmId,
    set: chooseSet(stage, duty, plan),
    reveal,
    dissent: chooseDissent(stage, duty.nodeId, plan.doubted),
  };
  const header = headerOf(stage, duty, 0);
  return {kind: 'storageCommitment', header, body, publicKey: undefined, id: stage.nextId()};
}

/** Revision 1 of a node: for what others posted, or for its own set again. */
export function correctionOf(stage: Stage, duty: Duty): CommitmentTx | undefined {
  const {random, state} = stage;
  const others = swarmDuties(state, duty.epoch, duty.swarmId);
  const posted = random.pick(others.flatMap(({roundA}) => (roundA === undefined ? [] : [roundA])));
  if (posted === undefined) return undefined;
  const body = {swarmId: duty.swarmId, set: posted.set, reveal: undefined, dissent: ''};
  const header = headerOf(stage, duty, 1);
  return {kind: 'storageCommitment', header, body, publicKey: undefined, id: stage.nextId()};
}

const byte = (value: number): Hex => value.toString(16).padStart(2, '0');

function chooseWitness({random, habits}: Stage, nodeId: Hex): Hex {
  const style = habits.get(nodeId)?.witness ?? 'honest';
  if (style === 'mute') return '';
  const of = {honest: () => 255, liar: () => 0, random: () => random.below(256)}[style];
  return Array.from({length: WITNESS_BYTES}, () => byte(of())).join('');
}

export function responseOf(stage: Stage, duty: Duty): ResponseTx {
  const {random, state, profile, habits} = stage;
  const hasW = majorityOf(state, duty.epoch, duty.swarmId) !== undefined;
  const isLazy = duty.joining && habits.get(duty.nodeId)?.isLazy === true;
  const isZero = !hasW || isLazy || random.chance(0.02);
  const cheats = random.chance(profile.cheatRate) ? random.below(3) : undefined;
  const capacity = cheats === 0 ? 10n : 9000n;
  const used = cheats === 1 ? 0n : 4000n;
  const body = {
    answer: isZero ? ZERO_32 : ANSWER,
    capacity,
    used,
    free: cheats === 2 ? capacity : capacity - used > 0n ? capacity - used : 0n,
    witness: chooseWitness(stage, duty.nodeId),
  };
  const header = headerOf(stage, duty, 0);
  return {kind: 'uptimeResponse', header, body, publicKey: undefined, id: stage.nextId()};
}

type Change = (tx: DutyTx) => DutyTx;

/** Ways to get a duty wrong. */
const CHANGES: readonly Change[] = [
  (tx) => ({...tx, header: {...tx.header, epoch: tx.header.epoch + 1}}),
  (tx) => ({...tx, header: {...tx.header, networkId: 7}}),
  (tx) => ({...tx, header: {...tx.header, chainId: ZERO_32}}),
  (tx) => ({...tx, header: {...tx.header, revision: tx.header.revision + 1}}),
  (tx) => ({...tx, header: {...tx.header, revision: 2}}),
  (tx) => ({...tx, header: {...tx.header, nodeId: 'ab'.repeat(20)}}),
  (tx) => ({...tx, publicKey: '00'.repeat(1952)}),
  (tx) => changed(tx, {swarmId: tx.kind === 'storageCommitment' ? tx.body.swarmId + 1 : 0}),
  (tx) => changed(tx, {reveal: ZERO_32}),
  (tx) => changed(tx, {reveal: undefined}),
  (tx) => changed(tx, {dissent: '01'.repeat(30)}),
  (tx) => changed(tx, {set: {...EMPTY, chunkCount: 1n}}),
  (tx) => changed(tx, {set: {...full('6', 9n), root: ZERO_32}}),
  (tx) => changed(tx, {set: full('7', 4000n)}),
  (tx) => changed(tx, {set: {...full('8', 9n), chunkCount: 1n}}),
  (tx) => changed(tx, {set: {...full('8', 1024n), chunkCount: 3n}}),
  (tx) => changed(tx, {set: full('8', 9n)}),
  (tx) => (tx.kind === 'uptimeResponse' ? {...tx, body: {...tx.body, answer: ANSWER}} : tx),
];

function changed(tx: DutyTx, change: Partial<CommitmentTx['body']>): DutyTx {
  return tx.kind === 'storageCommitment' ? {...tx, body: {...tx.body, ...change}} : tx;
}

/** The same duty with something wrong in it, most of the time. */
export function spoiledDuty({random}: Stage, tx: DutyTx): DutyTx {
  return (random.pick(CHANGES) ?? ((it: DutyTx) => it))(tx);
}
