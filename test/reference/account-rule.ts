/** One kind of account transaction: its checks in order, each before any effect, and its effect. */
import type {AccountKind, AccountTxOf} from './transactions.ts';
import type {OpenBlock, World} from './world.ts';

export type AccountRule<K extends AccountKind> = {
  /** Checks on the bytes and the rules alone; undefined when they hold. */
  syntactic(tx: AccountTxOf<K>, block: OpenBlock, world: World): string | undefined;
  /** Checks against the state, as it is before the fee. */
  semantic(tx: AccountTxOf<K>, block: OpenBlock, world: World): string | undefined;
  /** After the fee. */
  effect(tx: AccountTxOf<K>, block: OpenBlock, world: World): void;
};
