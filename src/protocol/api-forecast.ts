import type {U64Text} from './api-values.ts';

/** `open`: it can still be given, or judged; `unjudged`: it counts neither way. */
export type ProofState = 'done' | 'open' | 'failed' | 'unjudged';

/** The proofs that an epoch judges. */
export type ForecastProofs = {
  /** The commitment of round A. */
  readonly commitment: ProofState;
  /** The answer to the challenge. */
  readonly answer: ProofState;
  /** What the witnesses have reported so far. */
  readonly reachability: ProofState;
  /** The storage that the answer declares. */
  readonly storage: ProofState;
  /** Whether it ended on W; failed from the second other set in a row on. */
  readonly agreement: ProofState;
  /** The answer of the epoch before, which the others call wrong or not in this one's commitments. */
  readonly possession: ProofState;
};

/** What would be booked of one epoch. */
export type ForecastJudgement = {
  readonly epoch: U64Text;
  readonly verdict: 'pass' | 'miss' | 'unjudged';
  readonly reasons: readonly string[];
  /** Base units of stake that would burn. */
  readonly burned: U64Text;
  /** One credit would pay for the miss instead. */
  readonly paidByCredit: boolean;
  /** A miss that the amnesty would make unjudged. */
  readonly excused: boolean;
};

/** What the running epoch would judge of a node if nobody did anything more in it. */
export type ForecastInfo = {
  readonly nodeId: string;
  readonly epoch: U64Text;
  readonly epochEndMs: number;
  /** The answer window is closed: exactly this will be booked. Before that no amnesty is foreseen. */
  readonly final: boolean;
  readonly hasDuties: boolean;
  readonly joining: boolean;
  /** Epochs in a row ended on another set than W, this one counted. */
  readonly deviantStreak: number;
  /** null without duties. */
  readonly proofs: ForecastProofs | null;
  /** null without duties, or when a penalty has ended them. */
  readonly running: ForecastJudgement | null;
  /** The epoch before, when its pass would turn into a miss for a wrong answer. */
  readonly previous: ForecastJudgement | null;
  /** Base units that would burn, of both. */
  readonly burned: U64Text;
};
