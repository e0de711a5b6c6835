import {describe, expect, it} from 'vitest';
import {CHAIN_ID, FILLER, NETWORK_ID} from './cast.ts';
import {Pair} from './pair.ts';
import {BASE_RULES} from './profile.ts';

const GENESIS_MS = 1_767_225_600_000;

function makePair(): Pair {
  const config = {
    networkId: NETWORK_ID,
    chainId: CHAIN_ID,
    genesisTimeMs: GENESIS_MS,
    rules: BASE_RULES,
    upgrades: [],
  };
  const allocations = new Map([[FILLER.address, 1000n]]);
  return new Pair({config, allocations, message: 'differences'});
}

const closeOf = (pair: Pair, change: () => void) => () => {
  pair.open(1, GENESIS_MS + 21_000);
  change();
  pair.close();
};

describe('the comparison', () => {
  it('passes when nothing differs', () => {
    const pair = makePair();
    expect(closeOf(pair, () => undefined)).not.toThrow();
    pair.compareRoots();
  });

  it('goes red for another value under one key, and says which field', () => {
    const pair = makePair();
    const change = () => {
      pair.state.growStreak = 3;
    };
    expect(closeOf(pair, change)).toThrow(/EpochState 01\n {2}growStreak: reference 3, src\/vm 0/);
  });

  it('goes red for a record that one side lacks', () => {
    const pair = makePair();
    const change = () => {
      pair.state.amnesties.push(1);
    };
    expect(closeOf(pair, change)).toThrow(/AmnestyHistory 03/);
  });

  it('goes red for a burnt unit', () => {
    const pair = makePair();
    const change = () => {
      pair.state.burnedFees += 1n;
    };
    expect(closeOf(pair, change)).toThrow(/Totals 02\n {2}burnedFees: reference "1", src\/vm "0"/);
  });

  it('goes red when one side takes what the other refuses', () => {
    const pair = makePair();
    pair.open(1, GENESIS_MS + 1000);
    pair.state.accounts.set(FILLER.address, {balance: 0n, nonce: 0});
    const header = {
      networkId: NETWORK_ID,
      chainId: CHAIN_ID,
      sender: FILLER.address,
      nonce: 0,
      fee: 0n,
      expiryHeight: 5,
    };
    const body = {to: FILLER.address, amount: 1n};
    const tx = {
      kind: 'transfer',
      header,
      body,
      publicKey: FILLER.key,
      id: '00'.repeat(32),
    } as const;
    expect(() => pair.execute(tx)).toThrow(
      /transfer: reference TX_INSUFFICIENT_BALANCE, src\/vm taken/,
    );
  });
});
