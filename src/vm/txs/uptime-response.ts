import {equalBytes, ZERO_HASH} from '../../protocol/bytes.ts';
import type {UptimeResponse} from '../../protocol/chain/uptime-response.ts';
import {TxError} from '../errors.ts';
import {getSwarmEpoch, putDuty} from '../state/duties.ts';
import {putServiceNode} from '../state/service-nodes.ts';
import type {DutyTxType} from './tx-type.ts';

/** SPEC.md §5.6. Whether the answer is right is the other members' to say; the chain holds no records. */
export const uptimeResponse: DutyTxType<UptimeResponse> = {
  phase: () => 'answers',
  verifySyntactic(_body, {revision}) {
    if (revision !== 0) throw new TxError('TX_WRONG_REVISION');
  },
  verifySemantic({answer}, {state, own: {at, duty}}) {
    if (duty.answer !== undefined) throw new TxError('TX_DUPLICATE_DUTY');
    const w = getSwarmEpoch(state, at)?.w;
    if (w === undefined && !equalBytes(answer, ZERO_HASH)) throw new TxError('TX_ANSWER_FORM');
  },
  execute({answer, capacity, used, free, witness}, context) {
    const {state, nodeId, txId, timestamp, own} = context;
    const {at, node, duty} = own;
    const given = {answer, capacity, used, free, witness, txId};
    putDuty(state, {...at, nodeId}, {...duty, answer: given});
    putServiceNode(state, nodeId, {...node, lastPingAt: timestamp / 1000n});
  },
};
