import {toHash} from '../bytes.ts';
import {type CodecValue, fixed, list, struct, u64} from '../codec.ts';
import {SetLeaf} from '../stored-record.ts';

/** Shows the leaf of a claimed record, or of its end, under W. Its rules come later. SPEC.md §5.10. */
export const LossAnswer = struct('LossAnswer', {
  claimId: fixed(toHash),
  leaf: SetLeaf,
  index: u64,
  /** Sibling hashes, lowest first. */
  path: list(fixed(toHash), {maxLength: 64}),
});
export type LossAnswer = CodecValue<typeof LossAnswer>;
