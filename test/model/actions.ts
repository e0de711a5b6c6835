import {accountOf} from '../reference/account-checks.ts';
import {commitmentHash} from '../reference/duty-txs.ts';
import {sha256} from '../reference/hash.ts';
import {type Hex, ZERO_32} from '../reference/hex.ts';
import {hasSeat, isByWish, isReturning} from '../reference/queries.ts';
import {ACTIVE, DECOMMISSIONING, type Node, RETIRED, type StoredSet} from '../reference/state.ts';
import type {AccountTx, SignedCommitment} from '../reference/transactions.ts';
import {BAD_KEM_KEY, CHAIN_ID, kemKey, NETWORK_ID, type Player} from './cast.ts';
import type {ActionKind} from './profile.ts';
import type {Stage} from './stage.ts';

/** A transaction of one kind, or none when nobody could send one. */
type Action = (stage: Stage, isWrong: boolean) => AccountTx | undefined;

type Found = {readonly nodeId: Hex; readonly node: Node; readonly owner: Player};

/** A registered node: one that suits if there is any, or now and then any other. */
function findNode(stage: Stage, suits: (node: Node) => boolean): Found | undefined {
  const {random, state} = stage;
  const all = [...state.nodes];
  const good = all.filter(([, node]) => suits(node));
  const chosen = random.pick(good.length > 0 && random.chance(0.95) ? good : all);
  if (chosen === undefined) return undefined;
  const [nodeId, node] = chosen;
  const owner = stage.ownerOf(node.owner);
  return owner === undefined ? undefined : {nodeId, node, owner};
}

const anybody = ({random, owners}: Stage): Player => {
  const player = random.pick(owners);
  if (player === undefined) throw new Error('nobody plays');
  return player;
};

const transfer: Action = (stage, isWrong) => {
  const {random, state} = stage;
  const sender = anybody(stage);
  const {balance} = accountOf(state, sender.address);
  const amount = isWrong
    ? (random.pick([0n, balance, balance + 1n, 2n ** 64n - 1n]) ?? 0n)
    : BigInt(random.between(1, 500));
  const to = random.chance(0.1) ? 'cd'.repeat(20) : anybody(stage).address;
  return stage.accountTx({kind: 'transfer', body: {to, amount}}, sender);
};

const register: Action = (stage, isWrong) => {
  const {random, state, profile} = stage;
  const present = [...state.nodes.values()].filter(({status}) => status !== RETIRED).length;
  const free = stage.nodes.filter(({nodeId}) => !state.nodes.has(nodeId));
  const node = random.pick(isWrong && random.chance(0.3) ? stage.nodes : free);
  if (node === undefined || (present >= profile.maxNodes && !isWrong)) return undefined;
  const {minStake} = stage.pair.block.rules;
  const wrong = isWrong ? random.below(4) : -1;
  const stake = minStake + BigInt(random.below(300));
  const body = {
    nodeId: wrong === 0 ? 'ef'.repeat(20) : node.nodeId,
    publicKey: node.key,
    encryptionKey: wrong === 1 ? BAD_KEM_KEY : kemKey(node.nodeId),
    hashChainTip: node.tips[0] ?? ZERO_32,
    stake: [stake, stake, minStake - 1n, 2n ** 63n][wrong] ?? stake,
  };
  return stage.accountTx({kind: 'registerServiceNode', body}, anybody(stage));
};

const deregister: Action = (stage, isWrong) => {
  const found = findNode(stage, ({status}) => status === ACTIVE);
  if (found === undefined) return undefined;
  const sender = isWrong ? anybody(stage) : found.owner;
  const nodeId = isWrong && stage.random.chance(0.3) ? 'ab'.repeat(20) : found.nodeId;
  return stage.accountTx({kind: 'deregisterServiceNode', body: {nodeId}}, sender);
};

const addStake: Action = (stage, isWrong) => {
  const {random, state} = stage;
  const found = findNode(stage, (node) => node.status === DECOMMISSIONING && !isByWish(node));
  if (found === undefined) return undefined;
  const {balance} = accountOf(state, found.owner.address);
  const wrong = isWrong ? random.pick([0n, 1n, balance + 1n]) : undefined;
  const missing = stage.pair.block.rules.minStake - found.node.stake;
  const amount = wrong ?? (missing > 0n ? missing : 0n) + BigInt(random.between(1, 400));
  const body = {nodeId: isWrong && random.chance(0.2) ? 'ab'.repeat(20) : found.nodeId, amount};
  return stage.accountTx(
    {kind: 'addStake', body},
    random.chance(0.9) ? found.owner : anybody(stage),
  );
};

const withdraw: Action = (stage, isWrong) => {
  const now = Math.floor(stage.pair.world.timestamp / 1000);
  const suits = ({status, unbondsAt}: Node): boolean =>
    status === RETIRED && (isWrong || unbondsAt <= now);
  const found = findNode(stage, suits);
  if (found === undefined) return undefined;
  const sender = isWrong && stage.random.chance(0.5) ? anybody(stage) : found.owner;
  const nodeId = isWrong && stage.random.chance(0.2) ? 'ab'.repeat(20) : found.nodeId;
  return stage.accountTx({kind: 'withdrawStake', body: {nodeId}}, sender);
};

/** NodeID and sequence of an order of a node's key. */
function order(stage: Stage, {nodeId, node}: Found, isWrong: boolean) {
  const wrong = isWrong ? stage.random.below(3) : -1;
  return {
    nodeId: wrong === 0 ? 'ab'.repeat(20) : nodeId,
    sequence: node.sequence + (wrong === 1 ? 2 : 1),
  };
}

const rotate: Action = (stage, isWrong) => {
  const {random} = stage;
  const found = findNode(stage, ({status}) => status !== RETIRED);
  if (found === undefined) return undefined;
  const {tips = []} = stage.nodes.find(({nodeId}) => nodeId === found.nodeId) ?? {};
  const {previousKey} = found.node;
  const fresh = kemKey(`${found.nodeId} ${found.node.sequence + 1}`);
  const wrong = isWrong ? random.pick([BAD_KEM_KEY, found.node.encryptionKey]) : undefined;
  const encryptionKey = wrong ?? (random.chance(0.15) ? previousKey : undefined) ?? fresh;
  const hashChainTip = random.chance(0.4) ? random.pick(tips) : undefined;
  const body = {...order(stage, found, isWrong), encryptionKey, hashChainTip};
  return stage.accountTx({kind: 'rotateTransportKey', body}, anybody(stage));
};

const revoke: Action = (stage, isWrong) => {
  const {random} = stage;
  const found = findNode(stage, ({status}) => status !== RETIRED);
  if (found === undefined) return undefined;
  const {previousKey, encryptionKey} = found.node;
  const key = random.chance(0.5) ? (previousKey ?? encryptionKey) : encryptionKey;
  const keyHash = isWrong && random.chance(0.5) ? ZERO_32 : sha256(key);
  const body = {...order(stage, found, isWrong), keyHash};
  return stage.accountTx({kind: 'revokeTransportKey', body}, anybody(stage));
};

const maintenance: Action = (stage, isWrong) => {
  const {random, state} = stage;
  const found = findNode(stage, (node) => node.status === ACTIVE && hasSeat(node));
  if (found === undefined) return undefined;
  const wrong = isWrong ? random.below(4) : -1;
  const soon = state.epoch + random.between(1, 4);
  const body = {
    ...order(stage, found, wrong === 3),
    fromEpoch: [state.epoch, state.epoch + 720 + random.below(2), soon][wrong] ?? soon,
    epochs: wrong === 2 ? (random.pick([0, 13]) ?? 0) : random.between(1, 5),
  };
  return stage.accountTx({kind: 'maintenance', body}, anybody(stage));
};

const SETS: readonly StoredSet[] = ['b', 'c', 'd'].map((digit) => ({
  root: digit.repeat(64),
  recordCount: 1n,
  chunkCount: 1n,
  bytes: 10n,
}));

const evidence: Action = (stage, isWrong) => {
  const {random, state} = stage;
  const found = findNode(stage, (node) => node.registeredEpoch < state.epoch && !isReturning(node));
  if (found === undefined) return undefined;
  const first = Math.min(found.node.registeredEpoch + 1, state.epoch);
  const recent = Math.max(first, state.epoch - random.below(30));
  const wrong = isWrong ? random.below(6) : -1;
  const epoch = wrong === 0 ? found.node.registeredEpoch : recent;
  const signed = (set: StoredSet, change: Partial<SignedCommitment> = {}): SignedCommitment => ({
    networkId: wrong === 1 ? 5 : NETWORK_ID,
    chainId: CHAIN_ID,
    epoch: wrong === 2 ? state.epoch + 1 : epoch,
    revision: random.below(1),
    nodeId: wrong === 3 ? 'ab'.repeat(20) : found.nodeId,
    body: {swarmId: 0, set, reveal: ZERO_32, dissent: ''},
    ...change,
  });
  const sets = random.shuffled(SETS);
  const pair = [signed(sets[0] ?? SETS[0]!), signed(sets[1] ?? SETS[1]!)];
  const c = (it: SignedCommitment): Hex => commitmentHash({...it, ...it.body});
  pair.sort((a, b) => (c(a) < c(b) ? -1 : 1));
  if (wrong === 4) pair.reverse();
  const second = wrong === 5 ? {...pair[1]!, revision: 1} : pair[1]!;
  return stage.accountTx({kind: 'evidence', body: {first: pair[0]!, second}}, anybody(stage));
};

const reserved: Action = (stage) =>
  stage.accountTx({kind: 'lossAnswer', body: {claimId: ZERO_32}}, anybody(stage));

const ACTIONS: Readonly<Record<ActionKind, Action>> = {
  transfer,
  register,
  deregister,
  addStake,
  withdraw,
  rotate,
  revoke,
  maintenance,
  evidence,
  reserved,
};

const WEIGHTS: Readonly<Record<ActionKind, number>> = {
  transfer: 3,
  register: 4,
  deregister: 1.5,
  addStake: 3,
  withdraw: 2,
  rotate: 2,
  revoke: 1.5,
  maintenance: 2.5,
  evidence: 0.7,
  reserved: 0.2,
};

type Change = (tx: AccountTx, stage: Stage) => AccountTx;

/** Ways to get the header of any account transaction wrong. */
const CHANGES: readonly Change[] = [
  (tx) => ({...tx, header: {...tx.header, networkId: 5}}),
  (tx) => ({...tx, header: {...tx.header, chainId: ZERO_32}}),
  (tx) => ({...tx, header: {...tx.header, fee: tx.header.fee > 0n ? tx.header.fee - 1n : 0n}}),
  (tx) => ({...tx, header: {...tx.header, fee: 2n ** 62n}}),
  (tx) => ({...tx, header: {...tx.header, nonce: tx.header.nonce + 1}}),
  (tx, {pair}) => ({...tx, header: {...tx.header, expiryHeight: pair.world.height - 1}}),
  (tx, {pair}) => ({...tx, header: {...tx.header, expiryHeight: pair.world.height}}),
  (tx) => ({...tx, publicKey: undefined}),
  (tx, stage) => ({...tx, publicKey: anybody(stage).key}),
];

/** Some account transaction: right, or wrong in its header or its body. */
export function chooseAction(stage: Stage, only?: ActionKind): AccountTx | undefined {
  const {random, profile} = stage;
  const kinds = Object.entries({...WEIGHTS, ...profile.likes}) as [ActionKind, number][];
  const kind = only ?? random.weighted(kinds.map(([name, weight]) => [weight, name] as const));
  const isWrong = random.chance(profile.wrongRate);
  const tx = ACTIONS[kind](stage, isWrong && random.chance(0.7));
  const change = isWrong && random.chance(0.35) ? random.pick(CHANGES) : undefined;
  return tx === undefined || change === undefined ? tx : change(tx, stage);
}
