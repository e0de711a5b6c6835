import type {Address, NodeId, TxId} from '../../protocol/bytes.ts';
import type {ChainConfig} from '../config.ts';
import type {OpenBlock} from '../open-block.ts';
import type {Phase} from '../phase.ts';
import type {OwnDuty} from './own-duty.ts';

/** What an account's transaction may see and change: its sender, and the open block. */
export type AccountContext = OpenBlock & {readonly sender: Address};

/** Checks and effect of one kind of account transaction. Fee and nonce are the caller's. */
export type AccountTxType<Body> = {
  /** Checks on the bytes alone. @throws TxError */
  verifySyntactic(body: Body, config: ChainConfig): void;
  /** Checks against the state before the transaction. @throws TxError */
  verifySemantic(body: Body, context: AccountContext): void;
  execute(body: Body, context: AccountContext): void;
};

export type DutyHeader = {
  readonly epoch: bigint;
  readonly revision: number;
  readonly nodeId: NodeId;
};

/** What a duty may see and change: the open block, and the node's own records, read once. */
export type DutyContext = OpenBlock & DutyHeader & {readonly txId: TxId; readonly own: OwnDuty};

/** Checks and effect of one kind of duty. */
export type DutyTxType<Body> = {
  /** The phase whose blocks may hold it. */
  phase(revision: number): Phase;
  verifySyntactic(body: Body, header: DutyHeader): void;
  verifySemantic(body: Body, context: DutyContext): void;
  execute(body: Body, context: DutyContext): void;
};
