import type {AccountRule} from './account-rule.ts';
import {sha256} from './hash.ts';
import type {Hex} from './hex.ts';
import {hasFreeSlot, hasSeat, nodeOf} from './queries.ts';
import {isKemKey} from './stake-txs.ts';
import {ACTIVE, RETIRED} from './state.ts';
import {reach, type World} from './world.ts';

const OVERLAP_TRANSITIONS = 2;
const MAX_MAINTENANCE = 12;
const YEAR_TRANSITIONS = 720;

type Ordered = {readonly nodeId: Hex; readonly sequence: number};

/** Checks of all three kinds. SPEC.md §5.8. */
function checkOrder({state}: World, {nodeId, sequence}: Ordered): string | undefined {
  const node = state.nodes.get(nodeId);
  if (node === undefined) return 'TX_NODE_UNKNOWN';
  if (node.status === RETIRED) return 'TX_NODE_RETIRED';
  return sequence === node.sequence + 1 ? undefined : 'TX_WRONG_SEQUENCE';
}

export const rotateTransportKey: AccountRule<'rotateTransportKey'> = {
  syntactic: ({body}) => (isKemKey(body.encryptionKey) ? undefined : 'TX_INVALID_ENCRYPTION_KEY'),
  semantic({body}, _block, world) {
    const problem = checkOrder(world, body);
    if (problem !== undefined) return problem;
    const {encryptionKey} = nodeOf(world.state, body.nodeId);
    return encryptionKey === body.encryptionKey ? 'TX_KEY_UNCHANGED' : undefined;
  },
  effect({body}, _block, world) {
    reach(world, 'R11');
    const {state} = world;
    const node = nodeOf(state, body.nodeId);
    node.sequence = body.sequence;
    node.previousKey = node.revoked ? undefined : node.encryptionKey;
    node.previousUntil = node.revoked ? 0 : state.transitions + OVERLAP_TRANSITIONS;
    node.encryptionKey = body.encryptionKey;
    node.revoked = false;
    if (body.hashChainTip === undefined) return;
    reach(world, 'R12');
    node.nextHashChainTip = body.hashChainTip;
  },
};

export const revokeTransportKey: AccountRule<'revokeTransportKey'> = {
  syntactic: () => undefined,
  semantic({body}, _block, world) {
    const problem = checkOrder(world, body);
    if (problem !== undefined) return problem;
    const {previousKey, encryptionKey, revoked} = nodeOf(world.state, body.nodeId);
    const known = [...(previousKey === undefined ? [] : [previousKey])];
    if (!revoked) known.push(encryptionKey);
    return known.some((key) => sha256(key) === body.keyHash) ? undefined : 'TX_KEY_UNKNOWN';
  },
  effect({body}, _block, world) {
    reach(world, 'R13');
    const node = nodeOf(world.state, body.nodeId);
    node.sequence = body.sequence;
    if (node.previousKey !== undefined && sha256(node.previousKey) === body.keyHash) {
      node.previousKey = undefined;
      node.previousUntil = 0;
    } else {
      node.revoked = true;
    }
  },
};

export const maintenance: AccountRule<'maintenance'> = {
  syntactic: ({body: {epochs}}) =>
    epochs >= 1 && epochs <= MAX_MAINTENANCE ? undefined : 'TX_MAINTENANCE_FORM',
  semantic({body}, _block, world) {
    const problem = checkOrder(world, body);
    if (problem !== undefined) return problem;
    const {state} = world;
    const node = nodeOf(state, body.nodeId);
    const isSoon = body.fromEpoch > state.epoch && body.fromEpoch <= state.epoch + 720;
    if (!isSoon) return 'TX_MAINTENANCE_TIME';
    if (node.status !== ACTIVE || !hasSeat(node)) return 'TX_NO_SEAT';
    if (node.maintenanceLeft > 0) return 'TX_MAINTENANCE_PENDING';
    const spent = node.spent.filter((t) => t + YEAR_TRANSITIONS > state.transitions).length;
    if (spent + body.epochs > MAX_MAINTENANCE) return 'TX_MAINTENANCE_SPENT';
    return hasFreeSlot(state, node, state.transitions) ? undefined : 'TX_MAINTENANCE_BUSY';
  },
  effect({body}, _block, world) {
    reach(world, 'R14');
    const {state} = world;
    const node = nodeOf(state, body.nodeId);
    node.sequence = body.sequence;
    node.maintenanceFrom = body.fromEpoch;
    node.maintenanceLeft = body.epochs;
    node.spent = node.spent.filter((t) => t + YEAR_TRANSITIONS > state.transitions);
  },
};
