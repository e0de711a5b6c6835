import {toSignature, toSigningPublicKey} from '../bytes.ts';
import {type CodecValue, fixed, limited, optional, struct, union, versioned} from '../codec.ts';
import {SIGNATURE_CONTEXT, type SignatureContext} from '../domains.ts';
import {AddStake} from './add-stake.ts';
import {DeregisterServiceNode} from './deregister-service-node.ts';
import {Evidence} from './evidence.ts';
import {MAX_TX_BYTES} from './limits.ts';
import {LossAnswer} from './loss-answer.ts';
import {LossClaim} from './loss-claim.ts';
import {Maintenance} from './maintenance.ts';
import {RegisterServiceNode} from './register-service-node.ts';
import {RevokeTransportKey} from './revoke-transport-key.ts';
import {RotateTransportKey} from './rotate-transport-key.ts';
import {StorageCommitment} from './storage-commitment.ts';
import {Transfer} from './transfer.ts';
import {accountTx, dutyTx} from './tx-headers.ts';
import {UptimeResponse} from './uptime-response.ts';
import {WithdrawStake} from './withdraw-stake.ts';

/** Type ids are append-only. Reserved for later: 11 ImportStake, 12 ExportStake. Duties start at 16. */
const VARIANTS = {
  transfer: {typeId: 0, codec: accountTx(Transfer)},
  registerServiceNode: {typeId: 1, codec: accountTx(RegisterServiceNode)},
  addStake: {typeId: 2, codec: accountTx(AddStake)},
  deregisterServiceNode: {typeId: 3, codec: accountTx(DeregisterServiceNode)},
  withdrawStake: {typeId: 4, codec: accountTx(WithdrawStake)},
  rotateTransportKey: {typeId: 5, codec: accountTx(RotateTransportKey)},
  revokeTransportKey: {typeId: 6, codec: accountTx(RevokeTransportKey)},
  maintenance: {typeId: 7, codec: accountTx(Maintenance)},
  evidence: {typeId: 8, codec: accountTx(Evidence)},
  lossClaim: {typeId: 9, codec: accountTx(LossClaim)},
  lossAnswer: {typeId: 10, codec: accountTx(LossAnswer)},
  storageCommitment: {typeId: 16, codec: dutyTx(StorageCommitment)},
  uptimeResponse: {typeId: 17, codec: dutyTx(UptimeResponse)},
} as const;

/** The signed bytes: version, type id, header, body. SPEC.md §4. */
export const UnsignedTx = versioned(0, union('UnsignedTx', VARIANTS));
export type UnsignedTx = CodecValue<typeof UnsignedTx>;

/** A transaction as it travels; its id is SHA-256 of these bytes. SPEC.md §4. */
export const Tx = limited(
  MAX_TX_BYTES,
  struct('Tx', {
    unsigned: UnsignedTx,
    /** The sender's key: present exactly when the nonce is 0; never in a duty. */
    publicKey: optional(fixed(toSigningPublicKey)),
    signature: fixed(toSignature),
  }),
);
export type Tx = CodecValue<typeof Tx>;

export type TxKind = UnsignedTx['type'];
export type DutyKind = keyof DutyBodies;
export type AccountKind = keyof AccountBodies;

/** Bodies by kind: what registries of checks and effects are indexed by. */
export type AccountBodies = {
  transfer: Transfer;
  registerServiceNode: RegisterServiceNode;
  addStake: AddStake;
  deregisterServiceNode: DeregisterServiceNode;
  withdrawStake: WithdrawStake;
  rotateTransportKey: RotateTransportKey;
  revokeTransportKey: RevokeTransportKey;
  maintenance: Maintenance;
  evidence: Evidence;
  lossClaim: LossClaim;
  lossAnswer: LossAnswer;
};
export type DutyBodies = {
  storageCommitment: StorageCommitment;
  uptimeResponse: UptimeResponse;
};

export type AccountUnsigned = Extract<UnsignedTx, {readonly type: AccountKind}>;
export type DutyUnsigned = Extract<UnsignedTx, {readonly type: DutyKind}>;

const DUTY_CONTEXTS: Readonly<Record<DutyKind, SignatureContext>> = {
  storageCommitment: SIGNATURE_CONTEXT.commit,
  uptimeResponse: SIGNATURE_CONTEXT.uptime,
};

const isDutyKind = (kind: TxKind): kind is DutyKind => Object.hasOwn(DUTY_CONTEXTS, kind);

export function isDuty(unsigned: UnsignedTx): unsigned is DutyUnsigned {
  return isDutyKind(unsigned.type);
}

/** FIPS 204 context under which a transaction of this kind is signed. */
export function txContext(kind: TxKind): SignatureContext {
  return isDutyKind(kind) ? DUTY_CONTEXTS[kind] : SIGNATURE_CONTEXT.tx;
}
