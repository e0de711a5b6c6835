import {Tally} from './tally.ts';

export type VectorCase = {readonly tcId: number; readonly result: 'valid' | 'invalid'};

type VectorFile<Group, Case> = {
  readonly numberOfTests: number;
  readonly testGroups: readonly (Group & {readonly tests: readonly Case[]})[];
};

/** Runs every case of a Wycheproof file, with the group it stands in. */
export function wycheproof<Group, Case extends VectorCase>(
  run: (tally: Tally, vector: Case, group: Group) => Promise<void>,
): (text: string) => Promise<Tally> {
  return async (text) => {
    const file: VectorFile<Group, Case> = JSON.parse(text);
    const tally = new Tally();
    for (const group of file.testGroups) {
      for (const vector of group.tests) {
        tally.beginCase();
        if (vector.result !== 'valid' && vector.result !== 'invalid') {
          tally.failures.push(`case ${vector.tcId}: unknown result ${String(vector.result)}`);
          continue;
        }
        await run(tally, vector, group);
      }
    }
    const {cases} = tally.counts();
    if (cases !== file.numberOfTests) {
      tally.failures.push(`the file announces ${file.numberOfTests} cases and holds ${cases}`);
    }
    return tally;
  };
}
