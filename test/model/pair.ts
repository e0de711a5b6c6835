import type {ParsedTx} from '../../src/vm/parsed-tx.ts';
import {type BlockTime, checkHeader, openBlock} from '../reference/block.ts';
import {type Entries, encodeState} from '../reference/encode-state.ts';
import {executeTx} from '../reference/execute-tx.ts';
import type {Hex} from '../reference/hex.ts';
import type {Config} from '../reference/rules.ts';
import {genesisState, type State} from '../reference/state.ts';
import {stateRoot} from '../reference/state-root.ts';
import type {ModelTx} from '../reference/transactions.ts';
import type {Judgement, OpenBlock, World} from '../reference/world.ts';
import {explainDifference} from './difference.ts';
import {Machine} from './machine.ts';
import {encodeTx, sketchTx} from './machine-tx.ts';
import {WholeBlocks} from './whole-blocks.ts';

/** The two sides do not agree. */
export class Difference extends Error {}

const VERDICTS = ['none', 'pass', 'miss', 'unjudged'] as const;

export type PairInit = {
  readonly config: Config;
  readonly allocations: ReadonlyMap<Hex, bigint>;
  readonly message: string;
  /** Play true blocks as well: bytes, headers, roots after each. */
  readonly whole?: boolean;
};

const hex = (bytes: Uint8Array): Hex => Buffer.from(bytes).toString('hex');

/** The reference and `src/vm`, given the same blocks, compared after each. */
export class Pair {
  readonly world: World;
  readonly machine: Machine;
  /** What happened in the block so far, for a report. */
  readonly #events: string[] = [];
  #open: OpenBlock | undefined;
  #transitions = 0;
  readonly #whole: WholeBlocks | undefined;
  readonly #taken: ParsedTx[] = [];
  txs = 0;
  refused = new Map<string, number>();

  constructor({config, allocations, message, whole = false}: PairInit) {
    this.machine = new Machine({config, allocations, message});
    const genesisBytes = hex(this.machine.genesisBytes);
    const state = genesisState({rules: config.rules, genesisBytes, allocations});
    this.world = {config, state, height: 0, timestamp: config.genesisTimeMs, reached: new Set()};
    this.#whole = whole ? new WholeBlocks(this.machine.config, this.machine.genesis) : undefined;
    this.#compareAll();
  }

  get state(): State {
    return this.world.state;
  }

  get block(): OpenBlock {
    if (this.#open === undefined) throw new Error('no block is open');
    return this.#open;
  }

  #fail(problem: string): never {
    const {height, timestamp, state} = this.world;
    const where = `block ${height} at ${timestamp}, epoch ${state.epoch}`;
    const events = this.#events.length === 0 ? '' : `\n  ${this.#events.join('\n  ')}`;
    throw new Difference(`${where}: ${problem}\nin this block:${events}`);
  }

  #equal(what: string, reference: unknown, machine: unknown): void {
    if (reference === machine) return;
    this.#fail(`${what}: reference ${String(reference)}, src/vm ${String(machine)}`);
  }

  open(height: number, timestamp: number): OpenBlock {
    const at: BlockTime = {height, timestamp};
    this.#events.length = 0;
    this.#transitions = this.state.transitions;
    this.#taken.length = 0;
    const refusal = this.#whole?.refusalOfEmpty(at);
    if (this.#whole !== undefined) this.#compareHeaders(at);
    const opened = openBlock(this.world, at);
    this.#open = opened;
    const machine = this.machine.open(at);
    this.#equal('phase', opened.phase, machine.phase);
    this.#equal('may be empty', opened.mayBeEmpty, machine.mayBeEmpty);
    this.#compareJudgements(opened.judgements, machine.judgements);
    if (this.#whole !== undefined) {
      const expected = opened.mayBeEmpty ? 'BLOCK_WRONG_STATE_ROOT' : 'BLOCK_EMPTY';
      this.#equal('empty block', expected, refusal);
    }
    return opened;
  }

  /** Headers beside this one, some of them too early. */
  #compareHeaders({height, timestamp}: BlockTime): void {
    const {minBlockIntervalMs} = this.world.config.rules;
    const earliest = this.world.timestamp + minBlockIntervalMs;
    const headers = [
      {height: height + 1, timestamp},
      {height: height - 1, timestamp},
      {height, timestamp: earliest - 1},
    ];
    for (const header of headers) {
      const machine = this.#whole?.refusalOfEmpty(header);
      this.#equal('header', checkHeader(this.world, header), machine);
    }
  }

  #compareJudgements(
    reference: readonly Judgement[],
    machine: ReturnType<Machine['open']>['judgements'],
  ): void {
    const ours = reference.map((it) =>
      [it.nodeId, it.epoch, VERDICTS[it.verdict], it.reasons, it.burned].concat(
        String(it.paidByCredit),
        String(it.excused),
      ),
    );
    const theirs = machine.map((it) =>
      [hex(it.nodeId), Number(it.epoch), it.verdict, it.reasons, it.burned].concat(
        String(it.paidByCredit),
        String(it.excused),
      ),
    );
    const text = (lines: readonly (readonly unknown[])[]): string =>
      lines
        .map((line) => line.join(' '))
        .sort()
        .join('\n');
    const [a, b] = [text(ours), text(theirs)];
    if (a !== b) this.#fail(`judgements\nreference:\n${a}\nsrc/vm:\n${b}`);
  }

  /** @returns the code with which both refuse, or undefined when both took it. */
  execute(given: ModelTx): string | undefined {
    this.txs += 1;
    const isWhole = this.#whole !== undefined && given.kind !== 'lossAnswer';
    const parsed = isWhole ? encodeTx(given) : sketchTx(given);
    const tx = {...given, id: hex(parsed.id)};
    const machine = this.machine.execute(parsed);
    const reference = executeTx(tx, this.block, this.world);
    const node = 'nodeId' in tx.header ? tx.header.nodeId : tx.header.sender;
    this.#events.push(`${tx.kind} ${node.slice(0, 8)}: ${reference ?? 'taken'}`);
    this.#equal(`${tx.kind}`, reference ?? 'taken', machine ?? 'taken');
    if (reference === undefined) this.#taken.push(parsed);
    if (reference !== undefined) {
      this.refused.set(reference, (this.refused.get(reference) ?? 0) + 1);
    }
    return reference;
  }

  close(): void {
    const touched = this.machine.close();
    this.#open = undefined;
    const entries = encodeState(this.state);
    for (const key of touched) this.#compareKey(entries, key);
    if (entries.size !== this.machine.map.size || this.#transitions < this.state.transitions) {
      this.#compareAll(entries);
    }
    if (this.#whole === undefined) return;
    this.#whole.accept(this.world, this.#taken, this.machine.map);
    if (this.#transitions < this.state.transitions) this.compareRoots();
  }

  #compareKey(entries: Entries, key: Hex): void {
    const [reference, machine] = [entries.get(key), this.machine.get(key)];
    if (reference !== machine) this.#fail(explainDifference(key, reference, machine));
  }

  #compareAll(entries = encodeState(this.state)): void {
    const keys = new Set([...entries.keys(), ...this.machine.keys()]);
    for (const key of [...keys].sort()) this.#compareKey(entries, key);
  }

  /** Roots of the whole state, the reference's from its entries alone. */
  compareRoots(): void {
    this.#compareAll();
    this.#equal('root', stateRoot(encodeState(this.state)), this.machine.root());
  }
}
