import {toBlockId, ZERO_HASH} from '../protocol/bytes.ts';
import type {Genesis} from '../protocol/chain/genesis.ts';
import {genesisMix} from './draw.ts';
import type {ExecutedBlock} from './execute-block.ts';
import {assembleBlock} from './parsed-block.ts';
import {putAccount} from './state/accounts.ts';
import {MerkleMap} from './state/merkle-map.ts';
import {putEpochState, putTotals} from './state/singletons.ts';
import {StateView} from './state/view.ts';

/** The genesis block: height 0, parent of 32 zero bytes, S_0 as its time, balances as its state. SPEC.md §3. */
export function executeGenesis(genesis: Genesis, genesisBytes: Uint8Array): ExecutedBlock {
  const state = new StateView(MerkleMap.empty);
  let supply = 0n;
  for (const {address, amount} of genesis.allocations) {
    supply += amount;
    if (amount > 0n) putAccount(state, address, {balance: amount, nonce: 0n});
  }
  putTotals(state, {
    supply,
    totalBonded: 0n,
    unbonding: 0n,
    burnedByMisses: 0n,
    burnedByFaults: 0n,
    burnedFees: 0n,
    treasury: 0n,
    nodeCount: 0,
  });
  const mix = genesisMix(genesisBytes);
  putEpochState(state, {
    epoch: 0n,
    transitions: 0n,
    mix,
    drawn: false,
    previousMix: mix,
    roundABlocks: 0,
    answersAfter: undefined,
    answersClosed: false,
    dutyCount: 0,
    swarmExponent: genesis.rules.swarmExponent,
    nextSwarmExponent: undefined,
    growStreak: 0,
    shrinkStreak: 0,
    amnestyStreak: 0,
  });
  const block = assembleBlock(
    {
      parentId: toBlockId(ZERO_HASH),
      height: 0n,
      timestamp: genesis.timeMs,
      stateRoot: state.map.root(),
    },
    [],
  );
  return {block, map: state.map, touched: state.touched, judgements: []};
}
