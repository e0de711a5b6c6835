import type {ParsedBlock} from '../../vm/parsed-block.ts';
import type {LastAcceptedResponse, ParseBlockResponse} from '../messages.ts';
import type {RunningChain} from '../running-chain.ts';

/** A block as the node hears of it. It never needs a proposer's context to be verified. */
export function blockView({id, parentId, height, timestamp}: ParsedBlock): ParseBlockResponse {
  return {id, parentId, height, timestamp, verifyWithContext: false};
}

export function lastAcceptedView({chain}: RunningChain): LastAcceptedResponse {
  const {id, parentId, height, bytes, timestamp} = chain.lastAccepted.block;
  return {lastAcceptedId: id, lastAcceptedParentId: parentId, height, bytes, timestamp};
}
