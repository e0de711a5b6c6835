import {addressOf} from './hash.ts';
import type {Account, State} from './state.ts';
import type {AccountTx} from './transactions.ts';
import type {OpenBlock, World} from './world.ts';

export function accountOf(state: State, address: string): Account {
  return state.accounts.get(address) ?? {balance: 0n, nonce: 0};
}

export function credit(state: State, address: string, amount: bigint): void {
  const {balance, nonce} = accountOf(state, address);
  state.accounts.set(address, {balance: balance + amount, nonce});
}

/** Checks of every account transaction that need no state: fee and key. SPEC.md §5. */
export function checkForm({header, publicKey}: AccountTx, {rules}: OpenBlock): string | undefined {
  if (header.fee < rules.minFee) return 'TX_FEE_TOO_LOW';
  if (header.nonce === 0 && publicKey === undefined) return 'TX_KEY_MISSING';
  if (header.nonce !== 0 && publicKey !== undefined) return 'TX_KEY_UNEXPECTED';
  if (publicKey !== undefined && addressOf(publicKey) !== header.sender) return 'TX_KEY_MISMATCH';
  return undefined;
}

/** Height, nonce and fee. */
export function checkPayer(world: World, {header}: AccountTx): string | undefined {
  const {balance, nonce} = accountOf(world.state, header.sender);
  if (world.height > header.expiryHeight) return 'TX_EXPIRED';
  if (header.nonce !== nonce) return 'TX_WRONG_NONCE';
  return balance < header.fee ? 'TX_INSUFFICIENT_BALANCE' : undefined;
}

/** Fee, nonce, key. */
export function payFee({state}: World, {header, publicKey}: AccountTx): void {
  const {balance, nonce} = accountOf(state, header.sender);
  state.accounts.set(header.sender, {balance: balance - header.fee, nonce: nonce + 1});
  if (publicKey !== undefined) state.accountKeys.set(header.sender, publicKey);
  state.burnedFees += header.fee;
}

/** Whether the sender has the amount after the fee. */
export function canPay({state}: World, {header}: AccountTx, amount: bigint): boolean {
  return accountOf(state, header.sender).balance - header.fee >= amount;
}
