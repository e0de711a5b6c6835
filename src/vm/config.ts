import type {ChainId} from '../protocol/bytes.ts';
import type {Rules} from '../protocol/chain/rules.ts';

/** What makes this chain this chain: its ids, its rules, its S_0. Constant while it runs. */
export type ChainConfig = {
  readonly networkId: number;
  readonly chainId: ChainId;
  readonly rules: Rules;
  /** Unix ms. */
  readonly genesisTimeMs: bigint;
};
