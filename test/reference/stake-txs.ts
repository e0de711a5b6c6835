import {canPay, credit} from './account-checks.ts';
import type {AccountRule} from './account-rule.ts';
import {nodeIdOf} from './hash.ts';
import type {Hex} from './hex.ts';
import {hasFreeSlot, hasSeat, isByWish, nodeOf} from './queries.ts';
import {
  ACTIVE,
  BY_WISH,
  DECOMMISSIONING,
  NO,
  NO_SEAT,
  NO_SWARM,
  type Node,
  RETIRED,
  UNKNOWN,
} from './state.ts';
import type {AccountTxOf} from './transactions.ts';
import {type OpenBlock, reach, type World} from './world.ts';

export const LEAVING_TRANSITIONS = 24;
const Q = 3329;

/** FIPS 203 §7.2: 768 coefficients of 12 bits, two in three bytes, each below q. SPEC.md §2. */
export function isKemKey(key: Hex): boolean {
  const bytes = Buffer.from(key, 'hex');
  for (let i = 0; i < 1152; i += 3) {
    const [a = 0, b = 0, c = 0] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    if (a + 256 * (b % 16) >= Q || Math.floor(b / 16) + 16 * c >= Q) return false;
  }
  return true;
}

export const transfer: AccountRule<'transfer'> = {
  syntactic: ({body}) => (body.amount < 1n ? 'TX_AMOUNT_ZERO' : undefined),
  semantic: (tx, _block, world) =>
    canPay(world, tx, tx.body.amount) ? undefined : 'TX_INSUFFICIENT_BALANCE',
  effect({header, body}, _block, world) {
    reach(world, 'R2');
    credit(world.state, header.sender, -body.amount);
    credit(world.state, body.to, body.amount);
  },
};

function newNode(tx: AccountTxOf<'registerServiceNode'>, block: OpenBlock, epoch: number): Node {
  const {publicKey, encryptionKey, hashChainTip, stake} = tx.body;
  return {
    owner: tx.header.sender,
    status: ACTIVE,
    leaving: NO,
    seat: NO_SEAT,
    swarmId: NO_SWARM,
    since: 0,
    stake,
    principal: stake,
    misses: 0,
    credit: block.rules.credit.initial,
    creditProgress: 0,
    registeredAt: Math.floor(block.timestamp / 1000),
    registeredEpoch: epoch,
    lastPingAt: 0,
    judged: [],
    lastVerdict: UNKNOWN,
    lastMissReasons: 0,
    lastMissEpoch: 0,
    hashChainTip,
    sequence: 0,
    retiresAtTransition: 0,
    unbondsAt: 0,
    deviantStreak: 0,
    joiningEpochs: 0,
    publicKey,
    encryptionKey,
    previousKey: undefined,
    previousUntil: 0,
    nextHashChainTip: undefined,
    revoked: false,
    witnessed: [],
    excludedUntil: 0,
    maintenanceFrom: 0,
    maintenanceLeft: 0,
    spent: [],
    fault: undefined,
    queuedAt: undefined,
    successor: undefined,
  };
}

export const registerServiceNode: AccountRule<'registerServiceNode'> = {
  syntactic({body}, {rules}, {config}) {
    if (body.stake < rules.minStake) return 'TX_STAKE_BELOW_MINIMUM';
    if (nodeIdOf(config.chainId, body.publicKey) !== body.nodeId) return 'TX_NODE_ID_MISMATCH';
    return isKemKey(body.encryptionKey) ? undefined : 'TX_INVALID_ENCRYPTION_KEY';
  },
  semantic(tx, _block, world) {
    if (world.state.nodes.has(tx.body.nodeId)) return 'TX_NODE_REGISTERED';
    return canPay(world, tx, tx.body.stake) ? undefined : 'TX_INSUFFICIENT_BALANCE';
  },
  effect(tx, block, world) {
    reach(world, 'R3');
    const {state} = world;
    credit(state, tx.header.sender, -tx.body.stake);
    state.nodes.set(tx.body.nodeId, newNode(tx, block, state.epoch));
  },
};

/** The record exists, and the sender owns it. */
function checkOwner({state}: World, sender: Hex, nodeId: Hex): string | undefined {
  const node = state.nodes.get(nodeId);
  if (node === undefined) return 'TX_NODE_UNKNOWN';
  return node.owner === sender ? undefined : 'TX_NOT_OWNER';
}

export const deregisterServiceNode: AccountRule<'deregisterServiceNode'> = {
  syntactic: () => undefined,
  semantic({header, body}, _block, world) {
    const problem = checkOwner(world, header.sender, body.nodeId);
    if (problem !== undefined) return problem;
    const {status} = nodeOf(world.state, body.nodeId);
    return status === ACTIVE ? undefined : 'TX_ALREADY_LEAVING';
  },
  effect({body}, _block, world) {
    const {state} = world;
    const node = nodeOf(state, body.nodeId);
    const mayBegin = !hasSeat(node) || hasFreeSlot(state, node, state.transitions);
    node.status = DECOMMISSIONING;
    node.leaving = BY_WISH;
    if (mayBegin) {
      reach(world, 'R4');
      node.retiresAtTransition = state.transitions + LEAVING_TRANSITIONS;
    } else {
      reach(world, 'R5');
      node.retiresAtTransition = 0;
      node.queuedAt = state.transitions;
    }
  },
};

export const addStake: AccountRule<'addStake'> = {
  syntactic: ({body}) => (body.amount < 1n ? 'TX_AMOUNT_ZERO' : undefined),
  semantic(tx, {rules}, world) {
    const {header, body} = tx;
    const problem = checkOwner(world, header.sender, body.nodeId);
    if (problem !== undefined) return problem;
    const node = nodeOf(world.state, body.nodeId);
    if (node.status === RETIRED) return 'TX_NODE_RETIRED';
    if (isByWish(node)) return 'TX_ALREADY_LEAVING';
    const isEnough = node.status === ACTIVE || node.stake + body.amount >= rules.minStake;
    if (!isEnough) return 'TX_STAKE_BELOW_MINIMUM';
    return canPay(world, tx, body.amount) ? undefined : 'TX_INSUFFICIENT_BALANCE';
  },
  effect({header, body}, _block, world) {
    reach(world, 'R9');
    const node = nodeOf(world.state, body.nodeId);
    credit(world.state, header.sender, -body.amount);
    node.stake += body.amount;
    node.principal += body.amount;
    if (node.status !== DECOMMISSIONING) return;
    if (node.leaving === NO) return;
    reach(world, 'R20');
    node.leaving = NO;
    node.joiningEpochs = 0;
  },
};

export const withdrawStake: AccountRule<'withdrawStake'> = {
  syntactic: () => undefined,
  semantic({header, body}, {timestamp}, world) {
    const problem = checkOwner(world, header.sender, body.nodeId);
    if (problem !== undefined) return problem;
    const {status, unbondsAt} = nodeOf(world.state, body.nodeId);
    if (status !== RETIRED) return 'TX_NOT_RETIRED';
    return Math.floor(timestamp / 1000) >= unbondsAt ? undefined : 'TX_STILL_UNBONDING';
  },
  effect({header, body}, _block, world) {
    reach(world, 'R10');
    const {state} = world;
    credit(state, header.sender, nodeOf(state, body.nodeId).stake);
    state.nodes.delete(body.nodeId);
  },
};
