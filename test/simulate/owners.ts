import type {Address} from '../../src/protocol/bytes.ts';
import type {AccountBodies, AccountKind, UnsignedTx} from '../../src/protocol/chain/tx.ts';
import type {ParsedTx} from '../../src/vm/parsed-tx.ts';
import {CHAIN_ID, NETWORK_ID, type TestAccount, testAccount} from '../vm/driver.ts';
import type {SimulatedChain} from './chain.ts';

const NO_EXPIRY = 2n ** 40n;

/** Accounts that own nodes, each several over the time. */
export class Owners {
  readonly accounts: readonly TestAccount[];
  readonly #nonces = new Map<TestAccount, bigint>();
  #next = 0;

  constructor(count: number) {
    this.accounts = Array.from({length: count}, (_, i) => testAccount(`owner ${i}`));
  }

  /** The owner of the next node, in turn. */
  next(): TestAccount {
    const account = this.accounts[this.#next % this.accounts.length];
    this.#next += 1;
    if (account === undefined) throw new Error('a simulation needs owners');
    return account;
  }

  /** A transaction of this account, in the order of its nonces. */
  tx<K extends AccountKind>(
    chain: SimulatedChain,
    account: TestAccount,
    type: K,
    body: AccountBodies[K],
  ): ParsedTx {
    const nonce = this.#nonces.get(account) ?? 0n;
    this.#nonces.set(account, nonce + 1n);
    const sender: Address = account.address;
    const fee = chain.config.rules.minFee;
    const header = {networkId: NETWORK_ID, chainId: CHAIN_ID, sender, nonce, fee};
    const value = {...header, expiryHeight: NO_EXPIRY, body};
    return chain.seal({type, value} as UnsignedTx, nonce === 0n ? account.key : undefined);
  }
}
