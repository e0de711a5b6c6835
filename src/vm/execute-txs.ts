import {addressOf} from '../crypto/ids.ts';
import {equalBytes, type TxId} from '../protocol/bytes.ts';
import {
  type AccountBodies,
  type AccountKind,
  type AccountUnsigned,
  type DutyBodies,
  type DutyKind,
  isDuty,
  type Tx,
} from '../protocol/chain/tx.ts';
import type {ChainConfig} from './config.ts';
import {TxError} from './errors.ts';
import type {OpenBlock} from './open-block.ts';
import type {ParsedTx} from './parsed-tx.ts';
import {getAccount, putAccount, putAccountKey} from './state/accounts.ts';
import {getTotals, putTotals} from './state/singletons.ts';
import {requireDuty} from './txs/duty-checks.ts';
import {ACCOUNT_TX_TYPES, DUTY_TX_TYPES} from './txs/registry.ts';
import type {AccountContext, DutyContext, DutyHeader} from './txs/tx-type.ts';

function verifyNetwork(
  header: {readonly networkId: number; readonly chainId: Uint8Array},
  {networkId, chainId}: ChainConfig,
): void {
  if (header.networkId !== networkId || !equalBytes(header.chainId, chainId)) {
    throw new TxError('TX_WRONG_CHAIN', {networkId: header.networkId, expected: networkId});
  }
}

/** The key travels with an account's first transaction and never again: one form per transaction. */
function verifyInlineKey({publicKey}: Tx, {value}: AccountUnsigned): void {
  const {nonce, sender} = value;
  if (nonce === 0n && publicKey === undefined) throw new TxError('TX_KEY_MISSING');
  if (nonce !== 0n && publicKey !== undefined) throw new TxError('TX_KEY_UNEXPECTED');
  if (publicKey !== undefined && !equalBytes(addressOf(publicKey), sender)) {
    throw new TxError('TX_KEY_MISMATCH');
  }
}

/** Checks on the bytes alone. @throws TxError */
export function verifySyntactic(tx: Tx, config: ChainConfig): void {
  const {unsigned} = tx;
  verifyNetwork(unsigned.value, config);
  if (isDuty(unsigned)) {
    if (tx.publicKey !== undefined) throw new TxError('TX_KEY_UNEXPECTED');
    verifyDutyBody(unsigned.type, unsigned.value.body, unsigned.value);
    return;
  }
  if (unsigned.value.fee < config.rules.minFee) {
    throw new TxError('TX_FEE_TOO_LOW', {fee: unsigned.value.fee, minimum: config.rules.minFee});
  }
  verifyInlineKey(tx, unsigned);
  verifyAccountBody(unsigned.type, unsigned.value.body, config);
}

function verifyDutyBody<K extends DutyKind>(
  kind: K,
  body: DutyBodies[K],
  header: DutyHeader,
): void {
  DUTY_TX_TYPES[kind].verifySyntactic(body, header);
}

function verifyAccountBody<K extends AccountKind>(
  kind: K,
  body: AccountBodies[K],
  config: ChainConfig,
): void {
  ACCOUNT_TX_TYPES[kind].verifySyntactic(body, config);
}

/** Spends fee and nonce, and keeps the key that came along. */
function payFee({value}: AccountUnsigned, {publicKey}: Tx, {state, height}: OpenBlock): void {
  const {sender, nonce, fee, expiryHeight} = value;
  if (height > expiryHeight) throw new TxError('TX_EXPIRED', {height, expiryHeight});
  const account = getAccount(state, sender);
  if (nonce !== account.nonce) {
    throw new TxError('TX_WRONG_NONCE', {nonce, expected: account.nonce});
  }
  if (account.balance < fee) {
    throw new TxError('TX_INSUFFICIENT_BALANCE', {balance: account.balance, needed: fee});
  }
  putAccount(state, sender, {balance: account.balance - fee, nonce: nonce + 1n});
  if (publicKey !== undefined) putAccountKey(state, sender, publicKey);
  if (fee === 0n) return;
  const totals = getTotals(state);
  putTotals(state, {...totals, burnedFees: totals.burnedFees + fee});
}

function runAccountTx<K extends AccountKind>(
  kind: K,
  body: AccountBodies[K],
  context: AccountContext,
): void {
  const type = ACCOUNT_TX_TYPES[kind];
  type.verifySemantic(body, context);
  type.execute(body, context);
}

function runDutyTx<K extends DutyKind>(
  kind: K,
  body: DutyBodies[K],
  {block, header, txId}: {block: OpenBlock; header: DutyHeader; txId: TxId},
): void {
  const type = DUTY_TX_TYPES[kind];
  const own = requireDuty(block, header, type.phase(header.revision));
  const {epoch, revision, nodeId} = header;
  const context: DutyContext = {...block, epoch, revision, nodeId, txId, own};
  type.verifySemantic(body, context);
  type.execute(body, context);
}

/**
 * One transaction on an open block: whole, or not at all. Signatures are verified elsewhere.
 * @throws TxError and leaves the state as it was.
 */
export function executeTx(parsed: ParsedTx, block: OpenBlock): void {
  const {state} = block;
  const {tx} = parsed;
  const {unsigned} = tx;
  verifySyntactic(tx, block.config);
  if (isDuty(unsigned)) {
    // All its checks come before its first write, so that there is nothing to undo.
    // PERF: a snapshot makes the writes after it copy their whole paths.
    const header = unsigned.value;
    runDutyTx(unsigned.type, header.body, {block, header, txId: parsed.id});
    return;
  }
  const before = state.snapshot();
  try {
    payFee(unsigned, tx, block);
    const {sender, body} = unsigned.value;
    runAccountTx(unsigned.type, body, {...block, sender});
  } catch (error) {
    state.restore(before);
    throw error;
  }
}
