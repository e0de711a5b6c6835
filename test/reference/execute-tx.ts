import {checkForm, checkPayer, payFee} from './account-checks.ts';
import type {AccountRule} from './account-rule.ts';
import {
  applyCommitment,
  applyResponse,
  checkCommitment,
  checkResponse,
  commitmentForm,
  responseForm,
} from './duty-txs.ts';
import {evidence} from './evidence-tx.ts';
import {maintenance, revokeTransportKey, rotateTransportKey} from './node-key-txs.ts';
import {
  addStake,
  deregisterServiceNode,
  registerServiceNode,
  transfer,
  withdrawStake,
} from './stake-txs.ts';
import {
  type AccountKind,
  type AccountTx,
  type AccountTxOf,
  type DutyTx,
  isDutyTx,
  type ModelTx,
} from './transactions.ts';
import {type OpenBlock, reach, type World} from './world.ts';

/** SPEC.md §5.10. */
const reserved = {
  syntactic: () => 'TX_KIND_RESERVED',
  semantic: () => undefined,
  effect: () => undefined,
};

const RULES: {readonly [K in AccountKind]: AccountRule<K>} = {
  transfer,
  registerServiceNode,
  addStake,
  deregisterServiceNode,
  withdrawStake,
  rotateTransportKey,
  revokeTransportKey,
  maintenance,
  evidence,
  lossClaim: reserved,
  lossAnswer: reserved,
};

function executeAccountTx<K extends AccountKind>(
  tx: AccountTxOf<K> & AccountTx,
  block: OpenBlock,
  world: World,
): string | undefined {
  const rule: AccountRule<K> = RULES[tx.kind];
  const problem =
    checkForm(tx, block) ??
    rule.syntactic(tx, block, world) ??
    checkPayer(world, tx) ??
    rule.semantic(tx, block, world);
  if (problem !== undefined) return problem;
  reach(world, 'R1');
  payFee(world, tx);
  rule.effect(tx, block, world);
  return undefined;
}

function executeDutyTx(tx: DutyTx, block: OpenBlock, world: World): string | undefined {
  if (tx.publicKey !== undefined) return 'TX_KEY_UNEXPECTED';
  if (tx.kind === 'storageCommitment') {
    const problem = commitmentForm(tx) ?? checkCommitment(tx, block, world);
    if (problem === undefined) applyCommitment(tx, world);
    return problem;
  }
  const problem = responseForm(tx) ?? checkResponse(tx, block, world);
  if (problem === undefined) applyResponse(tx, block, world);
  return problem;
}

/** One transaction on an open block: takes effect whole, or gives its error and changes nothing. */
export function executeTx(tx: ModelTx, block: OpenBlock, world: World): string | undefined {
  const {networkId, chainId} = tx.header;
  const isOurs = networkId === world.config.networkId && chainId === world.config.chainId;
  if (!isOurs) return 'TX_WRONG_CHAIN';
  return isDutyTx(tx) ? executeDutyTx(tx, block, world) : executeAccountTx(tx, block, world);
}
