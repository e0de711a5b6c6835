import {bool, type Hex, list, optional, same, sized, u8, u16, u32, u64} from './hex.ts';
import {dutiesOf, endedOn, majorityOf, swarmDuties} from './queries.ts';
import {
  type Answer,
  type Commitment,
  type Duty,
  NO_SEAT,
  type Node,
  RETIRED,
  type State,
  type StoredSet,
} from './state.ts';

/** Entries of the state map, key to value. SPEC.md §8.1. */
export type Entries = Map<Hex, Hex>;

const RING = 720;

const storedSet = ({root, recordCount, chunkCount, bytes}: StoredSet): Hex =>
  root + u64(recordCount) + u64(chunkCount) + u64(bytes);

const commitment = ({c, txId}: Commitment): Hex => c + txId;

const answer = (it: Answer): Hex =>
  it.answer + u64(it.capacity) + u64(it.used) + u64(it.free) + sized(it.witness) + it.txId;

/** Bits of the last 720 judged epochs, at their places in the ring. */
function ringBytes(judged: readonly boolean[]): Hex {
  const bytes = new Uint8Array(Math.ceil(Math.min(judged.length, RING) / 8));
  for (let i = Math.max(0, judged.length - RING); i < judged.length; i++) {
    const at = i % RING;
    if (judged[i]) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
  }
  return Buffer.from(bytes).toString('hex');
}

export function uptimeScore(judged: readonly boolean[]): number {
  const last = judged.slice(-RING);
  if (last.length === 0) return 10_000;
  return Math.floor((last.filter((passed) => passed).length * 10_000) / last.length);
}

function serviceNode(node: Node): Hex {
  return [
    node.owner,
    u8(node.status) + u8(node.leaving) + u8(node.seat) + u32(node.swarmId),
    u64(node.stake) + u64(node.principal),
    u16(node.misses) + u16(node.credit) + u16(node.creditProgress),
    u64(node.registeredAt) + u64(node.registeredEpoch) + u64(node.lastPingAt),
    u16(uptimeScore(node.judged)),
    sized(ringBytes(node.judged)),
    u16(Math.min(node.judged.length, RING)) + u16(node.judged.length % RING),
    u8(node.lastVerdict) + u8(node.lastMissReasons) + u64(node.lastMissEpoch),
    node.hashChainTip,
    u64(node.sequence) + u64(node.retiresAtTransition) + u64(node.unbondsAt),
    u8(node.deviantStreak) + u8(node.joiningEpochs),
  ].join('');
}

/** Records beside the node's own that exist only when they say something. */
function putSparse(entries: Entries, nodeId: Hex, node: Node): void {
  const {previousKey, previousUntil, nextHashChainTip, revoked, fault, queuedAt, successor} = node;
  if (previousKey !== undefined || nextHashChainTip !== undefined || revoked) {
    const keys = optional(previousKey, same) + u64(previousUntil);
    entries.set(`22${nodeId}`, keys + optional(nextHashChainTip, same) + bool(revoked));
  }
  if (node.witnessed.length > 0 || node.excludedUntil > 0) {
    const epochs = list(node.witnessed, (it) => u16(it.reports) + u16(it.disagreements));
    entries.set(`23${nodeId}`, epochs + u64(node.excludedUntil));
  }
  if (node.maintenanceLeft > 0 || node.spent.length > 0) {
    const left = u64(node.maintenanceFrom) + u8(node.maintenanceLeft);
    entries.set(`24${nodeId}`, left + list(node.spent, u64));
  }
  if (fault !== undefined) entries.set(`25${nodeId}`, u64(fault.transition) + u64(fault.epoch));
  if (queuedAt !== undefined || successor !== undefined) {
    entries.set(`26${nodeId}`, optional(queuedAt, u64) + optional(successor, same));
  }
}

function putNode(entries: Entries, nodeId: Hex, node: Node): void {
  entries.set(`20${nodeId}`, serviceNode(node));
  entries.set(`21${nodeId}`, node.publicKey + node.encryptionKey);
  putSparse(entries, nodeId, node);
  if (node.seat !== NO_SEAT) entries.set(`30${u32(node.swarmId)}${nodeId}`, u64(node.since));
}

function putDuty(entries: Entries, duty: Duty): void {
  const at = u64(duty.epoch) + u32(duty.swarmId) + duty.nodeId;
  const value = [
    optional(duty.roundA, commitment),
    optional(duty.reveal, same),
    sized(duty.dissent),
    optional(duty.roundB, commitment),
    optional(duty.answer, answer),
  ];
  entries.set(`40${at}`, value.join(''));
  if (!duty.joining && duty.before === undefined) return;
  const before = optional(duty.before, (it) => u16(it.credit) + u16(it.creditProgress));
  entries.set(`43${at}`, bool(duty.joining) + before);
}

/** Counts of one swarm in one epoch, from its Duty records alone. */
function putSwarmEpoch(entries: Entries, state: State, of: Pick<Duty, 'epoch' | 'swarmId'>): void {
  const {epoch, swarmId} = of;
  const counted = swarmDuties(state, epoch, swarmId).filter((duty) => !duty.joining);
  const w = majorityOf(state, epoch, swarmId);
  const at = u64(epoch) + u32(swarmId);
  const value = optional(w, (it) => it.c + storedSet(it.set));
  entries.set(`41${at}`, u32(counted.length) + value);
  for (const commitment of counted.flatMap(({roundA, roundB}) => [roundA, roundB])) {
    if (commitment === undefined) continue;
    const {c} = commitment;
    const first = counted.filter((duty) => duty.roundA?.c === c).length;
    const ended = counted.filter((duty) => endedOn(duty) === c).length;
    entries.set(`42${at}${c}`, storedSet(commitment.set) + u32(first) + u32(ended));
  }
}

function epochState(state: State): Hex {
  return [
    u64(state.epoch) + u64(state.transitions),
    state.mix + bool(state.drawn) + state.previousMix,
    u32(state.roundABlocks),
    optional(state.answersAfter, u64) + bool(state.answersClosed),
    u32(dutiesOf(state, state.epoch).length),
    u8(state.swarmExponent) + optional(state.nextSwarmExponent, u8),
    u8(state.growStreak) + u8(state.shrinkStreak) + u8(state.amnestyStreak),
  ].join('');
}

/** Sums are added up from the nodes each time: nothing is carried along. */
function totals(state: State): Hex {
  const nodes = [...state.nodes.values()];
  const sum = (of: readonly Node[]): bigint => of.reduce((all, {stake}) => all + stake, 0n);
  const retired = nodes.filter(({status}) => status === RETIRED);
  const others = nodes.filter(({status}) => status !== RETIRED);
  const burned = u64(state.burnedByMisses) + u64(state.burnedByFaults) + u64(state.burnedFees);
  return (
    u64(state.supply) + u64(sum(others)) + u64(sum(retired)) + burned + u64(0) + u32(others.length)
  );
}

export function encodeState(state: State): Entries {
  const entries: Entries = new Map();
  entries.set('01', epochState(state));
  entries.set('02', totals(state));
  if (state.amnesties.length > 0) entries.set('03', list(state.amnesties, u64));
  for (const [address, {balance, nonce}] of state.accounts) {
    entries.set(`10${address}`, u64(balance) + u64(nonce));
  }
  for (const [address, key] of state.accountKeys) entries.set(`11${address}`, key);
  for (const [nodeId, node] of state.nodes) putNode(entries, nodeId, node);
  for (const [swarmId, {unservedSince, restartedAt, mergedAt}] of state.swarms) {
    const marks = [unservedSince, restartedAt, mergedAt];
    if (marks.every((mark) => mark === undefined)) continue;
    entries.set(`31${u32(swarmId)}`, marks.map((mark) => optional(mark, u64)).join(''));
  }
  const swarmEpochs = new Map<string, Duty>();
  for (const duty of state.duties) {
    putDuty(entries, duty);
    swarmEpochs.set(`${duty.epoch}/${duty.swarmId}`, duty);
  }
  for (const duty of swarmEpochs.values()) putSwarmEpoch(entries, state, duty);
  return entries;
}
