import {nodeIdOf} from '../../crypto/ids.ts';
import {isKemPublicKey} from '../../crypto/kem-public-key.ts';
import {equalBytes} from '../../protocol/bytes.ts';
import {FULL_SCORE, UNASSIGNED_SWARM} from '../../protocol/chain/limits.ts';
import type {RegisterServiceNode} from '../../protocol/chain/register-service-node.ts';
import {
  LEAVING,
  SEAT,
  type ServiceNode,
  STATUS,
  VERDICT,
} from '../../protocol/chain/state-records.ts';
import {TxError} from '../errors.ts';
import {decreaseBalance} from '../state/accounts.ts';
import {getServiceNode, putServiceNode, putServiceNodeKeys} from '../state/service-nodes.ts';
import {getTotals, putTotals} from '../state/singletons.ts';
import type {AccountContext, AccountTxType} from './tx-type.ts';

function newNode(
  {stake, hashChainTip}: RegisterServiceNode,
  {sender, timestamp, running, config}: AccountContext,
): ServiceNode {
  return {
    owner: sender,
    status: STATUS.active,
    leaving: LEAVING.no,
    seat: SEAT.none,
    swarmId: UNASSIGNED_SWARM,
    stake,
    principal: stake,
    misses: 0,
    credit: config.rules.credit.initial,
    creditProgress: 0,
    registeredAt: timestamp / 1000n,
    registeredEpoch: running.epoch,
    lastPingAt: 0n,
    uptimeScore: FULL_SCORE,
    history: new Uint8Array(),
    historyCount: 0,
    historyNext: 0,
    lastVerdict: VERDICT.none,
    lastMissReasons: 0,
    lastMissEpoch: 0n,
    hashChainTip,
    sequence: 0n,
    retiresAtTransition: 0n,
    unbondsAt: 0n,
    deviantStreak: 0,
    joiningEpochs: 0,
  };
}

/** SPEC.md §5.2. The node's consent is one of the signatures that are verified before. */
export const registerServiceNode: AccountTxType<RegisterServiceNode> = {
  verifySyntactic({nodeId, publicKey, encryptionKey, stake}, {chainId, rules}) {
    if (stake < rules.minStake) {
      throw new TxError('TX_STAKE_BELOW_MINIMUM', {stake, minimum: rules.minStake});
    }
    // Nobody can squat another node's id.
    if (!equalBytes(nodeIdOf(chainId, publicKey), nodeId)) throw new TxError('TX_NODE_ID_MISMATCH');
    if (!isKemPublicKey(encryptionKey)) throw new TxError('TX_INVALID_ENCRYPTION_KEY');
  },
  verifySemantic({nodeId}, {state}) {
    if (getServiceNode(state, nodeId) !== undefined) throw new TxError('TX_NODE_REGISTERED');
  },
  execute(body, context) {
    const {state, sender} = context;
    const {nodeId, publicKey, encryptionKey, stake} = body;
    decreaseBalance(state, sender, stake);
    putServiceNode(state, nodeId, newNode(body, context));
    putServiceNodeKeys(state, nodeId, {publicKey, encryptionKey});
    const totals = getTotals(state);
    const totalBonded = totals.totalBonded + stake;
    putTotals(state, {...totals, totalBonded, nodeCount: totals.nodeCount + 1});
  },
};
