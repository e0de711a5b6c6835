import type {NodeId} from '../../protocol/bytes.ts';
import {type Finding, fail, ok, warn} from './finding.ts';

/** One published address, dialled from this machine. */
export type DialResult = {
  readonly address: string;
  /** Why nobody answered there; undefined when this node did. */
  readonly problem: string | undefined;
};

/** The overlay as a stranger sees it. */
export type Reachability = {
  /**
   * Looks up where the node says it is, as others do, and dials every address of it. Empty when
   * nothing is published.
   */
  dialPublished(nodeId: NodeId, signal: AbortSignal): Promise<readonly DialResult[]>;
};

/** Whether the node answers where it says that it is. */
export function checkReachability(results: readonly DialResult[]): Finding {
  const list = (some: readonly DialResult[]): string =>
    some
      .map(({address, problem}) => (problem === undefined ? address : `${address} (${problem})`))
      .join(', ');
  if (results.length === 0) {
    const advice = 'is the node running, and does --bootstrap name a peer that runs?';
    return fail('reachability', 'no address of this node is published', advice);
  }
  const silent = results.filter(({problem}) => problem !== undefined);
  const advice = 'open its port to the world, or say with --announce where others reach it';
  if (silent.length === results.length) {
    return fail('reachability', `it answers at none of its addresses: ${list(silent)}`, advice);
  }
  if (silent.length > 0) {
    return warn('reachability', `it does not answer at ${list(silent)}`, advice);
  }
  return ok('reachability', `it answers at ${list(results)}`);
}
