import {accountOf} from '../reference/account-checks.ts';
import type {Hex} from '../reference/hex.ts';
import {u64} from '../reference/hex.ts';
import type {State} from '../reference/state.ts';
import type {AccountHeader, AccountKind, AccountTxOf} from '../reference/transactions.ts';
import {CHAIN_ID, NETWORK_ID, type Player, type PlayerNode} from './cast.ts';
import type {Pair} from './pair.ts';
import type {Profile} from './profile.ts';
import type {Random} from './random.ts';

/** How a node behaves for all of a history. */
export type Habit = {
  readonly witness: 'honest' | 'liar' | 'random' | 'mute';
  readonly isLazy: boolean;
  readonly isDeviant: boolean;
};

/** One history while it is played: who takes part, and the two chains. */
export class Stage {
  readonly pair: Pair;
  readonly profile: Profile;
  readonly random: Random;
  readonly owners: readonly Player[];
  readonly nodes: readonly PlayerNode[];
  readonly habits: ReadonlyMap<Hex, Habit>;
  #ids = 0;

  constructor(
    pair: Pair,
    {profile, random}: {readonly profile: Profile; readonly random: Random},
    {owners, nodes}: {readonly owners: readonly Player[]; readonly nodes: readonly PlayerNode[]},
  ) {
    this.pair = pair;
    this.profile = profile;
    this.random = random;
    this.owners = owners;
    this.nodes = nodes;
    this.habits = new Map(nodes.map(({nodeId}) => [nodeId, this.#habit()]));
  }

  #habit(): Habit {
    const {random, profile} = this;
    const rate = profile.liarRate;
    return {
      witness: random.weighted([
        [1 - rate, 'honest'],
        [rate * 0.6, 'liar'],
        [rate * 0.3, 'random'],
        [rate * 0.1, 'mute'],
      ]),
      isLazy: random.chance(profile.lazyRate),
      isDeviant: random.chance(profile.deviantRate),
    };
  }

  get state(): State {
    return this.pair.state;
  }

  /** Of a transaction: different each time, not its hash. */
  nextId(): Hex {
    this.#ids += 1;
    return u64(this.#ids).padStart(64, '0');
  }

  ownerOf(address: Hex): Player | undefined {
    return this.owners.find((owner) => owner.address === address);
  }

  /** A transaction of this account with everything right but, perhaps, its body. */
  accountTx<K extends AccountKind>(
    {kind, body}: Pick<AccountTxOf<K>, 'kind' | 'body'>,
    sender: Player,
    change: Partial<AccountHeader> = {},
  ): AccountTxOf<K> {
    const {nonce} = accountOf(this.state, sender.address);
    const header: AccountHeader = {
      networkId: NETWORK_ID,
      chainId: CHAIN_ID,
      sender: sender.address,
      nonce,
      fee: this.pair.block.rules.minFee,
      expiryHeight: 1_000_000,
      ...change,
    };
    const publicKey = header.nonce === 0 ? sender.key : undefined;
    return {kind, body, header, publicKey, id: this.nextId()};
  }
}
