import type {AccountBodies, DutyBodies} from '../../protocol/chain/tx.ts';
import {addStake} from './add-stake.ts';
import {deregisterServiceNode} from './deregister-service-node.ts';
import {evidence} from './evidence.ts';
import {lossAnswer} from './loss-answer.ts';
import {lossClaim} from './loss-claim.ts';
import {maintenance} from './maintenance.ts';
import {registerServiceNode} from './register-service-node.ts';
import {revokeTransportKey} from './revoke-transport-key.ts';
import {rotateTransportKey} from './rotate-transport-key.ts';
import {storageCommitment} from './storage-commitment.ts';
import {transfer} from './transfer.ts';
import type {AccountTxType, DutyTxType} from './tx-type.ts';
import {uptimeResponse} from './uptime-response.ts';
import {withdrawStake} from './withdraw-stake.ts';

/** Every kind of account transaction. Type ids live with the codec: protocol/chain/tx.ts. */
export const ACCOUNT_TX_TYPES: {
  readonly [K in keyof AccountBodies]: AccountTxType<AccountBodies[K]>;
} = {
  transfer,
  registerServiceNode,
  addStake,
  deregisterServiceNode,
  withdrawStake,
  rotateTransportKey,
  revokeTransportKey,
  maintenance,
  evidence,
  lossClaim,
  lossAnswer,
};

/** Every kind of duty. */
export const DUTY_TX_TYPES: {readonly [K in keyof DutyBodies]: DutyTxType<DutyBodies[K]>} = {
  storageCommitment,
  uptimeResponse,
};
