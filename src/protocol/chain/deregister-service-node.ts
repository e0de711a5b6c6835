import {toNodeId} from '../bytes.ts';
import {type CodecValue, fixed, struct} from '../codec.ts';

/** The owner's wish to leave. Duties go on until the node is retired. SPEC.md §5.3. */
export const DeregisterServiceNode = struct('DeregisterServiceNode', {nodeId: fixed(toNodeId)});
export type DeregisterServiceNode = CodecValue<typeof DeregisterServiceNode>;
