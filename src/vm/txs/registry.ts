import type {AccountBodies, DutyBodies} from '../../protocol/chain/tx.ts';
import {deregisterServiceNode} from './deregister-service-node.ts';
import {registerServiceNode} from './register-service-node.ts';
import {storageCommitment} from './storage-commitment.ts';
import {transfer} from './transfer.ts';
import type {AccountTxType, DutyTxType} from './tx-type.ts';
import {uptimeResponse} from './uptime-response.ts';

/** Every kind of account transaction. Type ids live with the codec: protocol/chain/tx.ts. */
export const ACCOUNT_TX_TYPES: {
  readonly [K in keyof AccountBodies]: AccountTxType<AccountBodies[K]>;
} = {
  transfer,
  registerServiceNode,
  deregisterServiceNode,
};

/** Every kind of duty. */
export const DUTY_TX_TYPES: {readonly [K in keyof DutyBodies]: DutyTxType<DutyBodies[K]>} = {
  storageCommitment,
  uptimeResponse,
};
