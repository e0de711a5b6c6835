import type {Hex} from './hex.ts';
import type {StoredSet} from './state.ts';

/** Transactions as the rules see them: signatures are verified elsewhere. SPEC.md §4, §5. */
export type Bodies = {
  transfer: {readonly to: Hex; readonly amount: bigint};
  registerServiceNode: {
    readonly nodeId: Hex;
    readonly publicKey: Hex;
    readonly encryptionKey: Hex;
    readonly hashChainTip: Hex;
    readonly stake: bigint;
  };
  addStake: {readonly nodeId: Hex; readonly amount: bigint};
  deregisterServiceNode: {readonly nodeId: Hex};
  withdrawStake: {readonly nodeId: Hex};
  rotateTransportKey: {
    readonly nodeId: Hex;
    readonly sequence: number;
    readonly encryptionKey: Hex;
    readonly hashChainTip: Hex | undefined;
  };
  revokeTransportKey: {readonly nodeId: Hex; readonly sequence: number; readonly keyHash: Hex};
  maintenance: {
    readonly nodeId: Hex;
    readonly sequence: number;
    readonly fromEpoch: number;
    readonly epochs: number;
  };
  evidence: {readonly first: SignedCommitment; readonly second: SignedCommitment};
  lossClaim: {readonly epoch: number};
  lossAnswer: {readonly claimId: Hex};
};

export type DutyHeader = {
  readonly networkId: number;
  readonly chainId: Hex;
  readonly epoch: number;
  readonly revision: number;
  readonly nodeId: Hex;
};

export type CommitmentBody = {
  readonly swarmId: number;
  readonly set: StoredSet;
  readonly reveal: Hex | undefined;
  readonly dissent: Hex;
};

export type SignedCommitment = DutyHeader & {readonly body: CommitmentBody};

export type ResponseBody = {
  readonly answer: Hex;
  readonly capacity: bigint;
  readonly used: bigint;
  readonly free: bigint;
  readonly witness: Hex;
};

export type AccountKind = keyof Bodies;

export type AccountHeader = {
  readonly networkId: number;
  readonly chainId: Hex;
  readonly sender: Hex;
  readonly nonce: number;
  readonly fee: bigint;
  readonly expiryHeight: number;
};

type Common = {readonly id: Hex; readonly publicKey: Hex | undefined};

export type AccountTxOf<K extends AccountKind> = Common & {
  readonly kind: K;
  readonly header: AccountHeader;
  readonly body: Bodies[K];
};

export type AccountTx = {[K in AccountKind]: AccountTxOf<K>}[AccountKind];

export type CommitmentTx = Common & {
  readonly kind: 'storageCommitment';
  readonly header: DutyHeader;
  readonly body: CommitmentBody;
};

export type ResponseTx = Common & {
  readonly kind: 'uptimeResponse';
  readonly header: DutyHeader;
  readonly body: ResponseBody;
};

export type DutyTx = CommitmentTx | ResponseTx;
export type ModelTx = AccountTx | DutyTx;

export function isDutyTx(tx: ModelTx): tx is DutyTx {
  return tx.kind === 'storageCommitment' || tx.kind === 'uptimeResponse';
}
