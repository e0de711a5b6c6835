import {type Address, type SigningPublicKey, toSigningPublicKey} from '../../protocol/bytes.ts';
import {accountKey, accountPublicKeyKey} from '../../protocol/chain/state-keys.ts';
import {Account} from '../../protocol/chain/state-records.ts';
import {TxError} from '../errors.ts';
import {getRecord, putRecord} from './record.ts';
import type {StateReader, StateWriter} from './view.ts';

const NO_ACCOUNT: Account = {balance: 0n, nonce: 0n};

/** An account that was never credited has no balance and nonce 0. */
export function getAccount(state: StateReader, address: Address): Account {
  return getRecord(state, accountKey(address), Account) ?? NO_ACCOUNT;
}

export function putAccount(state: StateWriter, address: Address, account: Account): void {
  putRecord(state, accountKey(address), Account, account);
}

/** No balance can pass the supply, which genesis keeps below 2^64. */
export function increaseBalance(state: StateWriter, address: Address, amount: bigint): void {
  const account = getAccount(state, address);
  putAccount(state, address, {...account, balance: account.balance + amount});
}

/** @throws TxError TX_INSUFFICIENT_BALANCE. */
export function decreaseBalance(state: StateWriter, address: Address, amount: bigint): void {
  const account = getAccount(state, address);
  if (account.balance < amount) {
    throw new TxError('TX_INSUFFICIENT_BALANCE', {balance: account.balance, needed: amount});
  }
  putAccount(state, address, {...account, balance: account.balance - amount});
}

export function getAccountKey(state: StateReader, address: Address): SigningPublicKey | undefined {
  const value = state.get(accountPublicKeyKey(address));
  return value === undefined ? undefined : toSigningPublicKey(value);
}

export function putAccountKey(state: StateWriter, address: Address, key: SigningPublicKey): void {
  state.put(accountPublicKeyKey(address), key);
}
