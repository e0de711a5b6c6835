import type {SubtreeReader} from '../../vm/state/read-subtree.ts';
import type {PeerHandler} from '../peers/peer-server.ts';
import type {SummaryShelf} from './summary-shelf.ts';

/** Tells what lies below a node of one of the last epochs' first states. */
export function serveSubtree(
  shelf: SummaryShelf,
  reader: SubtreeReader,
): PeerHandler<'stateSubtree'> {
  return ({root, path}) => {
    const map = shelf.mapOf(root);
    return map === undefined ? {type: 'unknown', value: {}} : reader.read(map, path);
  };
}

/** Tells the block of one of the last summaries. */
export function serveSummaryBlock(shelf: SummaryShelf): PeerHandler<'summaryBlock'> {
  return ({blockId}) => ({block: shelf.blockOf(blockId)?.bytes});
}
