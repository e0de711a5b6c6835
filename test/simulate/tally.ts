import {bytesToKey} from '../../src/protocol/bytes.ts';
import {MISS_REASON} from '../../src/protocol/chain/state-records.ts';
import type {NodeJudgement} from '../../src/vm/judge.ts';
import type {SimNode} from './sim-node.ts';

/** Names of the reasons of a miss; several at once are joined by +. */
export function reasonNames(mask: number): string {
  const names = Object.entries(MISS_REASON).flatMap(([name, bit]) => (mask & bit ? [name] : []));
  return names.join('+') || 'none';
}

export type Sums = {
  passed: number;
  unjudged: number;
  excused: number;
  misses: number;
  paidByCredit: number;
  burned: bigint;
  readonly byReason: Map<string, {misses: number; burned: bigint}>;
};

function newSums(): Sums {
  return {
    passed: 0,
    unjudged: 0,
    excused: 0,
    misses: 0,
    paidByCredit: 0,
    burned: 0n,
    byReason: new Map(),
  };
}

function add(sums: Sums, {verdict, reasons, burned, paidByCredit, excused}: NodeJudgement): void {
  if (excused) sums.excused += 1;
  else if (verdict === 'pass') sums.passed += 1;
  else if (verdict === 'unjudged') sums.unjudged += 1;
  if (verdict !== 'miss') return;
  sums.misses += 1;
  sums.burned += burned;
  if (paidByCredit) sums.paidByCredit += 1;
  const name = reasonNames(reasons);
  const {misses, burned: before} = sums.byReason.get(name) ?? {misses: 0, burned: 0n};
  sums.byReason.set(name, {misses: misses + 1, burned: before + burned});
}

/** What the chain judged, of all nodes and of each kind. */
export class Tally {
  readonly all: Sums = newSums();
  readonly #byKind = new Map<SimNode['kind'], Sums>();

  of(kind: SimNode['kind']): Sums {
    return this.#byKind.get(kind) ?? newSums();
  }

  record(judgements: readonly NodeJudgement[], nodes: ReadonlyMap<string, SimNode>): void {
    for (const judgement of judgements) {
      add(this.all, judgement);
      const kind = nodes.get(bytesToKey(judgement.nodeId))?.kind;
      if (kind === undefined) throw new Error('a judgement of a node that is not simulated');
      const sums = this.#byKind.get(kind) ?? newSums();
      this.#byKind.set(kind, sums);
      add(sums, judgement);
    }
  }
}
