import type {Hex} from './hex.ts';
import type {Config, Rules} from './rules.ts';
import type {State} from './state.ts';

/** What a transition decided about one node. */
export type Judgement = {
  readonly nodeId: Hex;
  readonly epoch: number;
  readonly verdict: number;
  readonly reasons: number;
  readonly burned: bigint;
  readonly paidByCredit: boolean;
  readonly excused: boolean;
};

export type Phase = 'roundA' | 'roundB' | 'answers' | 'rest';

/** The block that is being executed. */
export type OpenBlock = {
  readonly height: number;
  readonly timestamp: number;
  readonly phase: Phase;
  readonly rules: Rules;
  /** Whether the block may have no transaction. */
  readonly mayBeEmpty: boolean;
  /** Bytes that its account transactions may have. */
  readonly accountBytes: number;
  readonly judgements: readonly Judgement[];
};

/** One chain of the reference: its state, changed in place, and the rules that its history reached. */
export type World = {
  readonly config: Config;
  readonly state: State;
  /** Height and time of the last block. */
  height: number;
  timestamp: number;
  readonly reached: Set<string>;
};

export function reach({reached}: World, ...rules: readonly string[]): void {
  for (const rule of rules) reached.add(rule);
}
