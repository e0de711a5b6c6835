import {toAddress, toChainId} from '../../src/protocol/bytes.ts';
import {createGenesis, parseGenesis} from '../../src/protocol/chain/genesis.ts';
import {type Rules as MachineRules, PRESETS} from '../../src/protocol/chain/rules.ts';
import type {ChainConfig} from '../../src/vm/config.ts';
import {TxError} from '../../src/vm/errors.ts';
import type {Parent} from '../../src/vm/execute-block.ts';
import {executeTx} from '../../src/vm/execute-txs.ts';
import {executeGenesis} from '../../src/vm/genesis-state.ts';
import type {NodeJudgement} from '../../src/vm/judge.ts';
import {mayBeEmpty, type OpenBlock, openBlock} from '../../src/vm/open-block.ts';
import type {ParsedTx} from '../../src/vm/parsed-tx.ts';
import type {MerkleMap} from '../../src/vm/state/merkle-map.ts';
import {StateView} from '../../src/vm/state/view.ts';
import type {BlockTime} from '../reference/block.ts';
import type {Hex} from '../reference/hex.ts';
import type {Config, Rules} from '../reference/rules.ts';

const hex = (bytes: Uint8Array): Hex =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

const machineRules = (rules: Rules): MachineRules => ({...PRESETS.dev, ...rules});

export type MachineInit = {
  readonly config: Config;
  readonly allocations: ReadonlyMap<Hex, bigint>;
  /** Tells histories apart: genesis draws the first mix. */
  readonly message: string;
};

/** `src/vm` as a black box: one chain, block after block, states read as entries of hex. */
export class Machine {
  readonly config: ChainConfig;
  readonly genesisBytes: Uint8Array;
  readonly genesis: Parent;
  map: MerkleMap;
  timestamp: bigint;
  #open: OpenBlock | undefined;

  constructor({config, allocations, message}: MachineInit) {
    const {rules, upgrades, genesisTimeMs} = config;
    this.genesisBytes = createGenesis({
      preset: 'dev',
      message,
      timestamp: genesisTimeMs / 1000,
      allocations: [...allocations].map(([address, amount]) => ({
        address: toAddress(Buffer.from(address, 'hex')),
        amount,
      })),
    });
    const genesis = {...parseGenesis(this.genesisBytes), rules: machineRules(rules)};
    this.config = {
      networkId: config.networkId,
      chainId: toChainId(Buffer.from(config.chainId, 'hex')),
      rules: genesis.rules,
      upgrades: upgrades.map((upgrade) => ({
        activatesAtMs: BigInt(upgrade.activatesAtMs),
        rules: machineRules(upgrade.rules),
      })),
      genesisTimeMs: genesis.timeMs,
    };
    const {map, block} = executeGenesis(genesis, this.genesisBytes);
    const {id, height, timestamp} = block;
    this.genesis = {id, height, timestamp, map};
    this.map = map;
    this.timestamp = timestamp;
  }

  get #block(): OpenBlock {
    if (this.#open === undefined) throw new Error('no block is open');
    return this.#open;
  }

  open({height, timestamp}: BlockTime): {
    readonly phase: string;
    readonly mayBeEmpty: boolean;
    readonly judgements: readonly NodeJudgement[];
  } {
    const block = {height: BigInt(height), timestamp: BigInt(timestamp)};
    this.#open = openBlock(this.config, new StateView(this.map), block);
    const {phase, judgements} = this.#open;
    return {phase, judgements, mayBeEmpty: mayBeEmpty(this.#open, this.timestamp)};
  }

  /** The error's code, or undefined for a transaction that took effect. */
  execute(tx: ParsedTx): string | undefined {
    try {
      executeTx(tx, this.#block);
      return undefined;
    } catch (error) {
      if (error instanceof TxError) return error.code;
      throw error;
    }
  }

  /** Keeps the block. @returns the keys that it wrote. */
  close(): readonly Hex[] {
    const {state, timestamp} = this.#block;
    this.map = state.map;
    this.timestamp = timestamp;
    this.#open = undefined;
    return [...new Set(state.touched.map(hex))];
  }

  get(key: Hex): Hex | undefined {
    const value = this.map.get(new Uint8Array(Buffer.from(key, 'hex')));
    return value === undefined ? undefined : hex(value);
  }

  keys(): Hex[] {
    return [...this.map.entries()].map(([key]) => hex(key));
  }

  root(): Hex {
    return hex(this.map.root());
  }
}
