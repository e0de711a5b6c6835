import {nodeIdToString} from '../../../crypto/ids.ts';
import {Evidence} from '../../../protocol/chain/evidence.ts';
import {encode} from '../../../protocol/codec.ts';
import {hex} from '../hex.ts';
import type {Method} from '../method.ts';

/** Proofs of equivocation, as bodies of Evidence transactions: anybody may file them. */
export const listEquivocations: Method<'listEquivocations'> = {
  params: [],
  call({equivocations}) {
    const items = equivocations().map((evidence) => {
      const {nodeId, epoch, revision} = evidence.first.duty;
      return {
        nodeId: nodeIdToString(nodeId),
        epoch: epoch.toString(),
        revision,
        evidence: hex(encode(Evidence, evidence)),
      };
    });
    return {items};
  },
};
